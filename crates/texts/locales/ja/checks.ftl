# 検査: 手口の名前 (check-NAME)、検知結果を一文で述べる文 (check-NAME-text)、
# 証拠だけでは判断できないときに何があれば決着がつくか (check-NAME-settle)。
# 値: container, process, path, device, target; outcome = attempted | unknown | succeeded

noun-container = { $container_known ->
    [no] コンテナ (特定できず)
   *[yes] コンテナ { $container }
}
noun-process = { $process_known ->
    [no] プロセス (名前の記録なし)
   *[yes] プロセス「{ $process }」
}
noun-path = { $path_known ->
    [no] (パスの記録なし)
   *[yes] { $path }
}
noun-device = { $device_known ->
    [no] デバイス (番号の記録なし)
   *[yes] デバイス { $device }
}
noun-target = { $target_known ->
    [no] (対象の記録なし)
   *[yes] { $target }
}

noun-namespaces = { $namespaces_known ->
    [no] { "" }
   *[yes] { "" } (種類: { $namespaces }) { "" }
}
noun-recorder = { $path_known ->
    [no] (設定)
   *[yes] { $path }
}
noun-rule = { $rule_known ->
    [no] (ルール名の記録なし)
   *[yes] 「{ $rule }」
}
noun-user = { $user_known ->
    [no] 利用者 (記録なし)
   *[yes] 利用者 { $user }
}
noun-requested-by = { $requested_by_known ->
    [no] 起動を要求した者は記録されていません
   *[yes] コンテナ { $requested_by } がランタイムに起動を要求していました
}
noun-command = { $command_known ->
    [no] { "" }
   *[yes] { "" } (コマンド: { $command }) { "" }
}

## 不変条件

check-enters_host_namespace = ホストの名前空間への侵入
check-enters_host_namespace-text = { noun-container } の{ noun-process }が、ホストの名前空間またはルートディレクトリ{ noun-namespaces }に{ $outcome ->
    [attempted] 入ろうとして失敗しました。
    [unknown] 入った可能性があります。以後の操作はホスト上で行われたおそれがあります。
   *[succeeded] 入りました。以後の操作はすべてホスト上で行われています。
}
check-enters_host_namespace-settle = setns・chroot・pivot_root の結果を含む監査記録と、動作中のプロセスの名前空間番号があれば判断できます。

check-writes_host_inode = ホストのファイルへの書き込み
check-writes_host_inode-text = { noun-container } の{ noun-process }が、コンテナ自身のレイヤーではなくホストのファイルシステム ({ noun-device }) にある { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。
   *[succeeded] 書き込みました。
}
check-writes_host_inode-settle = コンテナのマウント一覧と、ホスト上での当該ファイルのデバイス番号・inode 番号があれば判断できます。

check-kernel_started_helper = カーネルがホスト上で起動したプログラム
check-kernel_started_helper-text = カーネルがホスト上の root 権限で { noun-path } を{ $outcome ->
    [attempted] 起動しようとして失敗しました。
    [unknown] 起動した可能性があります。
   *[succeeded] 起動しました。
}{ noun-command }既知の補助プログラムではありません。core_pattern、release_agent、uevent_helper などの設定から起動された疑いがあります。
check-kernel_started_helper-settle = 当時の /proc/sys/kernel/core_pattern、modprobe、uevent_helper、各 release_agent の値と、それらに書き込んだ操作の記録があれば判断できます。

check-host_daemon_writes_through_container_path = コンテナが作ったパスを経由したホストサービスの書き込み
check-host_daemon_writes_through_container_path-text = ホストのサービスである{ noun-process }が、{ noun-container } の作ったリンクまたはディレクトリを経由して { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。
   *[succeeded] 書き込みました。
}
check-host_daemon_writes_through_container_path-settle = 書き込みまでにコンテナが作ったリンクとディレクトリの、inode 番号を含む記録があれば判断できます。

check-unrequested_container = 誰も要求していないコンテナ
check-unrequested_container-text = オーケストレーターの要求していない{ noun-container } が{ $outcome ->
    [attempted] 起動されかけましたが、失敗しました。
    [unknown] 起動された可能性があります。
   *[succeeded] 起動されました。
}{ noun-requested-by }。
check-unrequested_container-settle = 同じ時間帯のオーケストレーターの監査ログと、ランタイム自身のコンテナ一覧があれば判断できます。

## 名前のある手口

check-host_path_write = コンテナに渡されたホストのディレクトリを通じた書き込み
check-host_path_write-text = { noun-container } の{ noun-process }が、バインドマウントまたは hostPath ボリュームを通じてホストの { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。
   *[succeeded] 書き込みました。
}
check-host_path_write-settle = コンテナの設定 (マウント) と、ホスト上での当該ファイルのデバイス番号・inode 番号があれば判断できます。

check-cron_write = ホストへの定期実行ジョブの設置
check-cron_write-text = { noun-container } の{ noun-process }が、ホストの cron 設定 { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。書かれた内容は cron がホストの利用者として実行します。
   *[succeeded] 書き込みました。書かれた内容は cron がホストの利用者として実行します。
}
check-cron_write-settle = ホスト上の現在のファイルと、その後の数分間の cron のログがあれば判断できます。

check-authorized_keys_write = ホストへの SSH 鍵の設置
check-authorized_keys_write-text = { noun-container } の{ noun-process }が { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。登録された鍵があれば、パスワードなしでホストに SSH ログインできます。
   *[succeeded] 書き込みました。登録された鍵があれば、パスワードなしでホストに SSH ログインできます。
}
check-authorized_keys_write-settle = ホスト上の現在のファイルと、新しい鍵によるログインを示す SSH サーバーのログがあれば判断できます。

check-systemd_unit_write = ホストへのサービスユニットの設置
check-systemd_unit_write-text = { noun-container } の{ noun-process }が、systemd ユニット { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。ユニットは systemd がホスト上で実行します。
   *[succeeded] 書き込みました。ユニットは systemd がホスト上で実行します。
}
check-systemd_unit_write-settle = ホスト上の現在のユニットと、その起動を示す systemd ジャーナルがあれば判断できます。

check-static_pod_write = ノードへの静的 Pod の設置
check-static_pod_write-text = { noun-container } の{ noun-process }が、静的 Pod のマニフェスト { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。静的 Pod は、kubelet が API サーバーに問い合わせずに起動します。
   *[succeeded] 書き込みました。静的 Pod は、kubelet が API サーバーに問い合わせずに起動します。
}
check-static_pod_write-settle = ノード上の現在のマニフェスト、kubelet のログ、API サーバーのミラー Pod があれば判断できます。

check-runtime_socket = コンテナ内からのランタイムソケットの使用
check-runtime_socket-text = { noun-container } の{ noun-process }が、コンテナランタイムのソケット { noun-path } に{ $outcome ->
    [attempted] 接続しようとして失敗しました。
    [unknown] 接続した可能性があります。このソケットを使えば、ホストのあらゆる権限を持つコンテナを起動できます。
   *[succeeded] 接続しました。このソケットを使えば、ホストのあらゆる権限を持つコンテナを起動できます。
}
check-runtime_socket-settle = ランタイム自身の要求ログと、その時間帯に作成されたコンテナの一覧があれば判断できます。

check-core_pattern = カーネルのクラッシュ処理プログラムの差し替え
check-core_pattern-text = { noun-container } の{ noun-process }が、カーネル設定 core_pattern ({ noun-path }) に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。次にプロセスが異常終了すると、指定されたプログラムがホストの root 権限で起動します。
   *[succeeded] 書き込みました。次にプロセスが異常終了すると、指定されたプログラムがホストの root 権限で起動します。
}
check-core_pattern-settle = 現在の /proc/sys/kernel/core_pattern の値と、その後にカーネルが起動したプログラムの記録があれば判断できます。

check-host_namespace_entry = ホストのプロセスの名前空間への侵入 (nsenter)
check-host_namespace_entry-text = { noun-container } の{ noun-process }が、nsenter などの方法で、ホストのプロセスの名前空間 に{ $outcome ->
    [attempted] 入ろうとして失敗しました。
    [unknown] 入った可能性があります。
   *[succeeded] 入りました。
}
check-host_namespace_entry-settle = setns の結果を含む監査記録と、その直前に /proc 以下で開かれたファイルの記録があれば判断できます。

check-block_device_mount = コンテナ内でのホストのディスクのマウント
check-block_device_mount-text = { noun-container } の{ noun-process }が、ホストの{ noun-device } を { noun-target } に{ $outcome ->
    [attempted] マウントしようとして失敗しました。
    [unknown] マウントした可能性があります。その場合、ディスク上のすべてのファイルに手が届いたことになります。
   *[succeeded] マウントしました。以後、そのディスク上のすべてのファイルに手が届く状態でした。
}
check-block_device_mount-settle = mount の結果を含む監査記録と、マウントされたデバイスノードの番号があれば判断できます。

check-chroot_host_root = ホストのルートディレクトリへの切り替え
check-chroot_host_root-text = { noun-container } の{ noun-process }が、ルートディレクトリをホストのファイルシステムのルートである { noun-target } に{ $outcome ->
    [attempted] 切り替えようとして失敗しました。
    [unknown] 切り替えた可能性があります。
   *[succeeded] 切り替えました。
}
check-chroot_host_root-settle = 対象ディレクトリのデバイス番号・inode 番号を含む chroot の監査記録と、コンテナのマウント一覧があれば判断できます。

check-privileged_pod = 特権 Pod の要求
check-privileged_pod-text = 特権 Pod { noun-target } が{ $outcome ->
    [attempted] 要求され、拒否されました。
    [unknown] { noun-user } により要求され、API サーバーに受け入れられました。越境に使われたかどうかは、ノード自身のログがなければ分かりません。
   *[succeeded] 作成されました。この Pod のコンテナは、ホストの root と同じ権限を持ちます。
}
check-privileged_pod-settle = この要求に関する API サーバーの監査ログ (RequestResponse レベル) と、Pod の定義があれば判断できます。

check-sensitive_host_path_pod = ノードの重要なディレクトリを使う Pod の要求
check-sensitive_host_path_pod-text = ノードの { noun-path } をマウントする Pod { noun-target } が{ $outcome ->
    [attempted] 要求され、拒否されました。
    [unknown] { noun-user } により要求され、API サーバーに受け入れられました。越境に使われたかどうかは、ノード自身のログがなければ分かりません。
   *[succeeded] 作成されました。
}
check-sensitive_host_path_pod-settle = この要求に関する API サーバーの監査ログ (RequestResponse レベル) と、Pod の定義があれば判断できます。

check-host_namespaces_pod = ノード自身の名前空間を使う Pod の要求
check-host_namespaces_pod-text = プロセス・ネットワーク・IPC の名前空間をノードと共有する Pod { noun-target } が{ $outcome ->
    [attempted] 要求され、拒否されました。
    [unknown] { noun-user } により要求され、API サーバーに受け入れられました。越境に使われたかどうかは、ノード自身のログがなければ分かりません。
   *[succeeded] 作成されました。
}
check-host_namespaces_pod-settle = この要求に関する API サーバーの監査ログ (RequestResponse レベル) と、Pod の定義があれば判断できます。

check-pod_exec = API を通じた Pod 内でのコマンド実行
check-pod_exec-text = { noun-target } でのコマンド実行{ noun-command }が、{ noun-user } により Kubernetes API を通じて{ $outcome ->
    [attempted] 要求され、拒否されました。
    [unknown] 要求されました。結果は記録されていません。
   *[succeeded] 開始されました。
}
check-pod_exec-settle = この要求に関する API サーバーの監査ログと、Pod 内で起動されたプログラムの記録があれば判断できます。

check-api_denied = Kubernetes API による要求の拒否
check-api_denied-text = Kubernetes API が、{ noun-user } による { noun-target } への要求を拒否しました。どの権限があるかを試す行為とみられます。
check-api_denied-settle = 同じ利用者・同じ接続元の、前後の API サーバー監査ログがあれば判断できます。

check-secret_read = 秘密情報の読み取り
check-secret_read-text = { noun-user } により、秘密情報 { noun-target } が{ $outcome ->
    [attempted] 要求され、拒否されました。
    [unknown] 読み取られた可能性があります。攻撃者に知られたものとして扱ってください。
   *[succeeded] 読み取られました。攻撃者に知られたものとして扱ってください。
}
check-secret_read-settle = この要求に関する API サーバーの監査ログと、マウントされた秘密情報ファイルを開いた操作の記録があれば判断できます。

check-falco_alert = Falco による警告
check-falco_alert-text = { noun-container } の{ $processes_known ->
    [yes] 複数のプロセス
   *[no] { noun-process }
}について、Falco が警告{ noun-rule }を出しました。これは別のシステムの判断であり、そのように区別して扱います。
check-falco_alert-settle = 同じ時刻のホストの監査記録があれば判断できます。

check-audit_tampering = 記録の改ざん・停止
check-audit_tampering-text = { noun-container } の{ noun-process }が、ホストの記録機能 ({ noun-recorder }) を{ $outcome ->
    [attempted] 停止または変更しようとして失敗しました。
    [unknown] 停止または変更した可能性があります。以後に記録がなくても、何もなかったことの証明にはなりません。
   *[succeeded] 停止または変更しました。以後に記録がなくても、何もなかったことの証明にはなりません。
}
check-audit_tampering-settle = その前にホストの外へ送られていたログの写しと、記録機能自身の開始・停止の記録があれば判断できます。

check-clock_stepped = ホストの時計の変更・飛び
check-clock_stepped-text = { $process_known ->
    [no] ホストの時計が
   *[yes] { $container_known ->
        [no] ホスト上の{ noun-process }により、ホストの時計が
       *[yes] { noun-container } の{ noun-process }により、ホストの時計が
    }
}{ $step_known ->
    [no] 変更されました
   *[yes] { $step } 秒動きました
}。その前後の時刻は、同じ時計によるものとして比べられません。
check-clock_stepped-settle = 同じ時刻の別のホストの記録と、時刻同期サービスのログがあれば判断できます。

## 検知結果ではない経過

story-container_first_seen = { noun-container } の最初の記録です。{ noun-process }が動いています。
story-container_started = { noun-container } が起動されました。
story-container_entered = { noun-container } の中で{ noun-process }が起動されました。
story-process_started = { noun-container } から{ noun-process }が起動されました ({ noun-target })。
story-file_changed = { noun-container } の{ noun-process }がホスト上の { noun-path } を変更しました。
story-files_changed = ホスト上の { $count } 件のファイルが変更されました。
story-file_read = { noun-container } の{ noun-process }がホスト上の { noun-path } を読み取り用に開きました。
story-files_read = ホスト上の { $count } 件のファイルが読み取り用に開かれました。
story-log_deleted = { noun-container } の{ noun-process }がログ { noun-path } を削除したか、空にしました。
