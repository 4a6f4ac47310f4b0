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
check-unrequested_container-remove = 先にファイルを証拠として保全し、ランタイムのクライアントでコンテナを停止・削除します。

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
check-cron_write-remove = 該当の表または行を削除し、そこから起動したプロセスを終了し、同じ利用者の他の cron の表も確認します。

check-authorized_keys_write = ホストへの SSH 鍵の設置
check-authorized_keys_write-text = { noun-container } の{ noun-process }が { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。登録された鍵があれば、パスワードなしでホストに SSH ログインできます。
   *[succeeded] 書き込みました。登録された鍵があれば、パスワードなしでホストに SSH ログインできます。
}
check-authorized_keys_write-settle = ホスト上の現在のファイルと、新しい鍵によるログインを示す SSH サーバーのログがあれば判断できます。
check-authorized_keys_write-remove = その鍵の行を削除し、その鍵で開かれたセッションを終了し、他の利用者やホストにも同じ鍵がないか確認します。

check-systemd_unit_write = ホストへのサービスユニットの設置
check-systemd_unit_write-text = { noun-container } の{ noun-process }が、systemd ユニット { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。ユニットは systemd がホスト上で実行します。
   *[succeeded] 書き込みました。ユニットは systemd がホスト上で実行します。
}
check-systemd_unit_write-settle = ホスト上の現在のユニットと、その起動を示す systemd ジャーナルがあれば判断できます。
check-systemd_unit_write-remove = ユニットを停止・無効化し、ファイルとドロップインを削除して、systemd に再読み込みさせます (`systemctl daemon-reload`)。

check-static_pod_write = ノードへの静的 Pod の設置
check-static_pod_write-text = { noun-container } の{ noun-process }が、静的 Pod のマニフェスト { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。静的 Pod は、kubelet が API サーバーに問い合わせずに起動します。
   *[succeeded] 書き込みました。静的 Pod は、kubelet が API サーバーに問い合わせずに起動します。
}
check-static_pod_write-settle = ノード上の現在のマニフェスト、kubelet のログ、API サーバーのミラー Pod があれば判断できます。
check-static_pod_write-remove = ノード上のマニフェストを削除します。kubelet がポッドを終了し、API サーバー上の写しも消えます。

check-runtime_socket = コンテナ内からのランタイムソケットの使用
check-runtime_socket-text = { noun-container } の{ noun-process }が、コンテナランタイムのソケット { noun-path } に{ $outcome ->
    [attempted] 接続しようとして失敗しました。
    [unknown] 接続した可能性があります。このソケットを使えば、ホストのあらゆる権限を持つコンテナを起動できます。
   *[succeeded] 接続しました。このソケットを使えば、ホストのあらゆる権限を持つコンテナを起動できます。
}
check-runtime_socket-settle = ランタイム自身の要求ログと、その時間帯に作成されたコンテナの一覧があれば判断できます。

check-core_pattern = カーネルのクラッシュ処理プログラムの差し替え
check-core_pattern-text = { noun-container } の{ noun-process }が、カーネル設定 core_pattern ({ noun-path }) を{ $outcome ->
    [attempted] 変更しようとして失敗しました。
    [unknown] 書き込み用に開きました。プロセスが異常終了すると、カーネルは指定されたプログラムをホストの root 権限で起動します。実際に起動したかどうかは記録から分かりません。
   *[succeeded] 変更しました。プロセスが異常終了すると、カーネルは指定されたプログラムをホストの root 権限で起動します。その後、カーネルによりプログラムが起動されました{ noun-command }。
}
check-core_pattern-settle = 現在の /proc/sys/kernel/core_pattern の値と、その後にカーネルが起動したプログラムの記録があれば判断できます。
check-core_pattern-remove = ホストの設定にある値に戻し、指定されていたプログラムを削除します。

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

## その他の手口

check-privileged_container = 特権コンテナの起動
check-privileged_container-text = ホストの root のあらゆる権限を持つコンテナが起動されました ({ noun-container }){ noun-command }。ビルドシステムが業務として行うこともありますが、このようなコンテナはホスト全体に手が届きます。
check-privileged_container-settle = ランタイムが持つコンテナ設定の記録と、起動を要求した者の記録があれば判断できます。

check-raw_device_tool = ホストのディスクを直接扱うプログラム
check-raw_device_tool-text = { noun-container } の{ noun-process }が、ホストのディスク { noun-path } を、自身のプログラムで{ noun-command }{ $outcome ->
    [attempted] 開こうとして失敗しました。
    [unknown] 開いた可能性があります。この種のプログラムは、マウントせずにファイルを変更できます。
   *[succeeded] 開きました。この種のプログラムは、マウントせずにファイルを変更できます。
}
check-raw_device_tool-settle = そのプロセスのファイルオープンと、デバイス番号を含む監査記録があれば判断できます。

check-device_node_made = コンテナ内でのデバイスノードの作成
check-device_node_made-text = { noun-container } の{ noun-process }が、デバイスノードを作成、または cgroup の許可デバイスを拡大 ({ noun-path }、{ noun-device }) { $outcome ->
    [attempted] しようとして失敗しました。
    [unknown] した可能性があります。これを通じてホストのディスクやメモリを読み書きできます。
   *[succeeded] しました。これを通じてホストのディスクやメモリを読み書きできます。
}
check-device_node_made-settle = そのノードを開いた監査記録と、cgroup の許可デバイスの一覧があれば判断できます。

check-node_credentials_read = ノードの鍵のコンテナ内からの読み取り
check-node_credentials_read-text = { noun-container } の{ noun-process }が { noun-path } を読み取りました。この鍵を持つ者は、ノードまたは制御プレーンとして API サーバーに要求できます。制御プレーンの構成要素は自分の鍵を読みます。
check-node_credentials_read-settle = その身元による要求の、送信元アドレスとプログラムを含む API サーバーの監査ログがあれば判断できます。

check-node_identity_misused = kubelet 以外によるノードの身元の使用
check-node_identity_misused-text = ノードの身元 ({ noun-user }) で、kubelet 以外のプログラムから Kubernetes API の { noun-target } が要求されました{ noun-command }。
check-node_identity_misused-settle = ノード自身のログと、その鍵を持つプログラムの一覧があれば判断できます。

check-shim_socket = コンテナ内からの shim の操作
check-shim_socket-text = { noun-container } の{ noun-process }が、containerd の shim のソケット ({ noun-path }) に{ $outcome ->
    [attempted] 接続しようとして失敗しました。
    [unknown] 接続した可能性があります。shim は、接続した者のためにホストの root としてプログラムを起動します。
   *[succeeded] 接続しました。shim は、接続した者のためにホストの root としてプログラムを起動します。
}
check-shim_socket-settle = shim 自身のログと、その時間帯に作成されたコンテナの一覧があれば判断できます。

check-runtime_tcp_api = コンテナ内からのエンジンのネットワークポートの使用
check-runtime_tcp_api-text = { noun-container } の{ noun-process }が、コンテナエンジンが命令を受け付けるポート { noun-path } に接続しました。ホストのエンジンであれば、あらゆる権限のコンテナを起動できます。ビルドの処理が、隣のコンテナのエンジンを同じ方法で使うこともあります。
check-runtime_tcp_api-settle = そのアドレスで待ち受けるエンジンと、エンジン自身の要求ログがあれば判断できます。

check-release_agent = cgroup の release_agent の差し替え
check-release_agent-text = { noun-container } の{ noun-process }が、cgroup の release_agent ({ noun-path }) を{ $outcome ->
    [attempted] 変更しようとして失敗しました。
    [unknown] 書き込み用に開きました。グループが空になると、カーネルは指定されたプログラムをホストの root 権限で起動します。実際に起動したかどうかは記録から分かりません。
   *[succeeded] 変更しました。グループが空になると、カーネルは指定されたプログラムをホストの root 権限で起動します。その後、カーネルによりプログラムが起動されました{ noun-command }。
}
check-release_agent-settle = 現在の release_agent の値と、その後にカーネルが起動したプログラムの記録があれば判断できます。
check-release_agent-remove = すべての cgroup 階層の release_agent を空にし、指定されていたプログラムを削除します。

check-uevent_helper = カーネルのデバイスイベント処理プログラムの差し替え
check-uevent_helper-text = { noun-container } の{ noun-process }が、デバイスイベントの処理プログラムの設定 ({ noun-path }) を{ $outcome ->
    [attempted] 変更しようとして失敗しました。
    [unknown] 書き込み用に開きました。次のイベントで、カーネルは指定されたプログラムをホストの root 権限で起動します。実際に起動したかどうかは記録から分かりません。
   *[succeeded] 変更しました。次のイベントで、カーネルは指定されたプログラムをホストの root 権限で起動します。その後、カーネルによりプログラムが起動されました{ noun-command }。
}
check-uevent_helper-settle = 現在の /sys/kernel/uevent_helper の値と、その後にカーネルが起動したプログラムの記録があれば判断できます。
check-uevent_helper-remove = 設定を空にし、指定されていたプログラムを削除します。

check-binfmt_handler = カーネルへのインタプリタの登録
check-binfmt_handler-text = { noun-container } の{ noun-process }が、カーネルのインタプリタ登録 ({ noun-path }) を{ $outcome ->
    [attempted] 変更しようとして失敗しました。
    [unknown] 書き込み用に開きました。その種類のプログラムが起動されるたびに、ホスト上でもインタプリタが動作します。他のアーキテクチャ向けのビルドツールも同じ操作をします。実際に起動したかどうかは記録から分かりません。
   *[succeeded] 変更しました。その種類のプログラムが起動されるたびに、ホスト上でもインタプリタが動作します。他のアーキテクチャ向けのビルドツールも同じ操作をします。その後、カーネルによりプログラムが起動されました{ noun-command }。
}
check-binfmt_handler-settle = 現在の /proc/sys/fs/binfmt_misc の値と、その後にカーネルが起動したプログラムの記録があれば判断できます。
check-binfmt_handler-remove = 該当の登録を外し (binfmt_misc のそのファイルに `echo -1`)、インタプリタを削除します。

check-modprobe_path = カーネルのモジュール読み込みプログラムの差し替え
check-modprobe_path-text = { noun-container } の{ noun-process }が、モジュール読み込みプログラムの設定 ({ noun-path }) を{ $outcome ->
    [attempted] 変更しようとして失敗しました。
    [unknown] 書き込み用に開きました。次にモジュールが必要になると、カーネルは指定されたプログラムをホストの root 権限で起動します。実際に起動したかどうかは記録から分かりません。
   *[succeeded] 変更しました。次にモジュールが必要になると、カーネルは指定されたプログラムをホストの root 権限で起動します。その後、カーネルによりプログラムが起動されました{ noun-command }。
}
check-modprobe_path-settle = 現在の /proc/sys/kernel/modprobe の値と、その後にカーネルが起動したプログラムの記録があれば判断できます。
check-modprobe_path-remove = 配布元のモジュール読み込みプログラムの値に戻し、指定されていたプログラムを削除します。

check-sysrq_trigger = sysrq によるカーネルへの命令
check-sysrq_trigger-text = { noun-container } の{ noun-process }が、{ noun-path } を通じてカーネルに命令{ noun-command }{ $outcome ->
    [attempted] しようとして失敗しました。
    [unknown] した可能性があります。これによりホスト全体の停止・再起動・クラッシュが可能です。
   *[succeeded] しました。これによりホスト全体の停止・再起動・クラッシュが可能です。
}
check-sysrq_trigger-settle = その時刻のカーネル自身のログがあれば判断できます。

check-proc_root_path = ホストのプロセスを経由したホストのファイルへの到達
check-proc_root_path-text = { noun-container } の{ noun-process }が、ホストのプロセスのルートディレクトリを経由して、ホストの { noun-path } に{ $outcome ->
    [attempted] 到達しようとして失敗しました。
    [unknown] 到達した可能性があります。この経路ではホストのすべてのファイルに手が届きます。
   *[succeeded] 到達しました。この経路ではホストのすべてのファイルに手が届きます。
}
check-proc_root_path-settle = コンテナの pid 名前空間と、ファイルのデバイス番号・inode 番号があれば判断できます。

check-ptrace_host_process = コンテナ外のプロセスの追跡
check-ptrace_host_process-text = { noun-container } の{ noun-process }が、コンテナ外のプロセス { noun-target } を ptrace で{ $outcome ->
    [attempted] 操作しようとして失敗しました。
    [unknown] 操作した可能性があります。そのプロセスのコードとデータを書き換えられます。
   *[succeeded] 操作しました。そのプロセスのコードとデータを書き換えられます。
}
check-ptrace_host_process-settle = 対象のプロセス (OBJ_PID) を含む ptrace の監査記録があれば判断できます。

check-host_process_memory = コンテナ外のプロセスのメモリへの書き込み
check-host_process_memory-text = { noun-container } の{ noun-process }が、コンテナ外のプロセス { noun-target } のメモリに{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。そのプロセスが侵入者のコードを実行するおそれがあります。
   *[succeeded] 書き込みました。そのプロセスが侵入者のコードを実行するおそれがあります。
}
check-host_process_memory-settle = 書き込んだ側の pid 名前空間と、その時刻のプロセス一覧があれば判断できます。

check-pidfd_fd_theft = 他のプロセスの開いたファイルの奪取
check-pidfd_fd_theft-text = { noun-container } の{ noun-process }が、他のプロセス ({ noun-target }) の開いたファイルを pidfd_getfd で{ $outcome ->
    [attempted] 取得しようとして失敗しました。
    [unknown] 取得した可能性があります。そのプロセスが読み書きできるものに手が届きます。
   *[succeeded] 取得しました。そのプロセスが読み書きできるものに手が届きます。
}
check-pidfd_fd_theft-settle = pidfd が指すプロセス (pidfd_open の記録と呼び出し側の pid 名前空間) があれば判断できます。

check-file_handle_open = ハンドルによるファイルの直接オープン
check-file_handle_open-text = { noun-container } の{ noun-process }が、ディレクトリやマウントを経ずに、ハンドルでファイル ({ noun-path }) を{ $outcome ->
    [attempted] 開こうとして失敗しました。
    [unknown] 開いた可能性があります。同じファイルシステムのどのファイルもこの方法で読み取れます。
   *[succeeded] 開きました。同じファイルシステムのどのファイルもこの方法で読み取れます。
}
check-file_handle_open-settle = 開かれたファイルのデバイス番号・inode 番号と、その後の読み取りの記録があれば判断できます。

check-kernel_module_load = コンテナからのカーネルモジュールの読み込み
check-kernel_module_load-text = { noun-container } の{ noun-process }が、カーネルモジュール { noun-path } を{ $outcome ->
    [attempted] 読み込もうとして失敗しました。
    [unknown] 読み込んだ可能性があります。モジュールはホストのカーネル内で無制限に動作します。特権コンテナのツールが、配布元のモジュールを同じ方法で読み込むこともあります。
   *[succeeded] 読み込みました。モジュールはホストのカーネル内で無制限に動作します。特権コンテナのツールが、配布元のモジュールを同じ方法で読み込むこともあります。
}
check-kernel_module_load-settle = その時刻のカーネルのログと、モジュールのファイルおよび署名があれば判断できます。
check-kernel_module_load-remove = 読み込まれたモジュールは自身を隠せます。信頼できるカーネルで再起動するか、ホストを作り直します。取り外しただけでは証明になりません。

check-kernel_memory = マシンのメモリのオープン
check-kernel_memory-text = { noun-container } の{ noun-process }が、マシンのメモリまたは I/O ポート ({ noun-path }) を{ $outcome ->
    [attempted] 開こうとして失敗しました。
    [unknown] 開いた可能性があります。すべてのプロセスの秘密情報とカーネル自身に手が届きます。
   *[succeeded] 開きました。すべてのプロセスの秘密情報とカーネル自身に手が届きます。
}
check-kernel_memory-settle = デバイス番号を含むオープンの監査記録と、読み取られた内容の記録があれば判断できます。

check-bpf_program_load = コンテナからの BPF プログラムの読み込み
check-bpf_program_load-text = { noun-container } の{ noun-process }が、ホストのカーネルに BPF プログラム ({ noun-path }) を読み込みました。この種のプログラムは、すべてのプロセスの動作を監視・変更できます。監視やネットワークのコンテナが業務として読み込むこともあります。
check-bpf_program_load-settle = プログラムの種類とコード (読み込まれている間の bpftool による出力) があれば判断できます。

check-root_without_setuid = setuid プログラムによらない root 権限の取得
check-root_without_setuid-text = { noun-container } の{ noun-process }が、権限を与えるプログラムを起動せずに、一般利用者から root になりました。カーネルの欠陥の悪用で説明できます。
check-root_without_setuid-settle = その時刻のカーネルのログ、カーネルの版と修正状況、プロセスが起動した全プログラムの記録があれば判断できます。

check-userfaultfd = 一般利用者によるページフォルト処理
check-userfaultfd-text = { noun-container } の、root ではない{ noun-process }が、ページフォルトの処理をカーネルに求めました。攻撃コードはこれにより、カーネルを任意の時点で止めます。
check-userfaultfd-settle = そのプログラムが正当に必要とするかどうかと、その時刻のカーネルのログがあれば判断できます。

check-page_cache_write = 権限を越えたキャッシュ上のファイルの変更
check-page_cache_write-text = { noun-container } の{ noun-process }が、{ noun-path } のメモリ上の内容を、ファイルの権限を越えて (パイプまたは暗号機能を経由して) { $outcome ->
    [attempted] 変更しようとして失敗しました。
    [unknown] 変更した可能性があります。ディスク上の内容は元のままで、読み取るプログラムには変更後の内容が渡ります。
   *[succeeded] 変更しました。ディスク上の内容は元のままで、読み取るプログラムには変更後の内容が渡ります。
}
check-page_cache_write-settle = 再起動する前の、読み取った内容のハッシュとディスク上の内容のハッシュがあれば判断できます。

check-runc_overwrite = コンテナランタイムのプログラムの書き込みオープン
check-runc_overwrite-text = { noun-container } の{ noun-process }が、コンテナランタイム自身のプログラム ({ noun-path }) を書き込み用に{ $outcome ->
    [attempted] 開こうとして失敗しました。
    [unknown] 開いた可能性があります。書き込まれた内容は、次のコンテナ起動時にホストの root として実行されます。
   *[succeeded] 開きました。書き込まれた内容は、次のコンテナ起動時にホストの root として実行されます。
}
check-runc_overwrite-settle = ホスト上のランタイムのプログラムのハッシュと、パッケージのハッシュがあれば判断できます。

check-runc_leaked_fd = 漏れた記述子を経由した作業ディレクトリ
check-runc_leaked_fd-text = { noun-container } の{ noun-process }が、ランタイムが閉じ忘れた記述子 ({ noun-path }) を経由して、コンテナ外の作業ディレクトリを{ $outcome ->
    [attempted] 得ようとして失敗しました。
    [unknown] 得た可能性があります。そこからホストのすべてのファイルに手が届きます。
   *[succeeded] 得ました。そこからホストのすべてのファイルに手が届きます。
}
check-runc_leaked_fd-settle = コンテナの仕様 (作業ディレクトリ)、ランタイムの版とログがあれば判断できます。

check-masked_path_link = ランタイムが使うデバイスのリンクへの置き換え
check-masked_path_link-text = { noun-container } の{ noun-process }が、ランタイムが使う { noun-path } の位置に { noun-target } へのリンクを{ $outcome ->
    [attempted] 置こうとして失敗しました。
    [unknown] 置いた可能性があります。次に起動するとき、ランタイムがリンク先 (ホストの設定) を開いたりマウントしたりするおそれがあります。
   *[succeeded] 置きました。次に起動するとき、ランタイムがリンク先 (ホストの設定) を開いたりマウントしたりするおそれがあります。
}
check-masked_path_link-settle = その後に起動したコンテナのマウント、ランタイムの版とログがあれば判断できます。

check-mount_swap_race = ランタイムとの競合を狙った名前の交換
check-mount_swap_race-text = { noun-container } の{ noun-process }が、共有ボリューム上の名前 ({ noun-path }) を繰り返し{ $outcome ->
    [attempted] 交換しようとして失敗しました。
    [unknown] 交換した可能性があります。同時にそこへマウントするランタイムが、ホストのディレクトリへ誘導されるおそれがあります。
   *[succeeded] 交換しました。同時にそこへマウントするランタイムが、ホストのディレクトリへ誘導されるおそれがあります。
}
check-mount_swap_race-settle = その時間帯に作成されたコンテナのマウントと、ランタイムのログの作成失敗の記録があれば判断できます。

check-docker_cp_library = コピー中のホストによるコンテナ内ライブラリの読み込み
check-docker_cp_library-text = コンテナのファイルをコピーするホスト上の{ noun-process }が、コンテナ自身の { noun-path } を{ $outcome ->
    [attempted] 読み込もうとして失敗しました。
    [unknown] 読み込んだ可能性があります。そのコードはホストの root として動作します。
   *[succeeded] 読み込みました。そのコードはホストの root として動作します。
}
check-docker_cp_library-settle = コンテナ内のライブラリの内容と、エンジンの版があれば判断できます。

check-client_copy_link = コピー先の外への書き込み
check-client_copy_link-text = コンテナからファイルをコピーするホスト上の{ noun-process }が、コンテナの送ったアーカイブが作ったリンク { noun-target } を経由して { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。
   *[succeeded] 書き込みました。
}
check-client_copy_link-settle = その機器上の現在のファイルと、クライアントの版があれば判断できます。

check-image_volume_path = イメージのボリュームへのホストのファイルのコピー
check-image_volume_path-text = ランタイムが、パスがイメージの外に出るボリュームのために、ホストの { noun-path } を { noun-target } に{ $outcome ->
    [attempted] コピーしようとして失敗しました。
    [unknown] コピーした可能性があります。
   *[succeeded] コピーしました。
}
check-image_volume_path-settle = イメージの設定 (ボリューム) と、コンテナのボリュームの内容があれば判断できます。

check-pod_sysctls = ポッドに紛れ込ませたカーネル設定
check-pod_sysctls-text = 別の設定を含むカーネル設定 ({ noun-path }) が、{ noun-user }により、ポッド { noun-target } のために{ $outcome ->
    [attempted] 要求され、拒否されました。
    [unknown] 要求され、受け付けられました。ノードに反映されたかどうかは、ノード自身のログで分かります。
   *[succeeded] 設定されました。
}
check-pod_sysctls-settle = ノードの現在の設定値と、ランタイムのログがあれば判断できます。

check-gpu_hook_preload = GPU ランタイムのフックに読み込ませるライブラリ
check-gpu_hook_preload-text = コンテナ ({ noun-target }) が、GPU ランタイムのフックがホストの root として起動するときにコンテナ内のファイルを指すライブラリ { noun-path } を指定しており、それが{ $outcome ->
    [attempted] 読み込まれませんでした。
    [unknown] 読み込まれた可能性があります。
   *[succeeded] 読み込まれました。
}
check-gpu_hook_preload-settle = そのコンテナのためにランタイムが起動したプログラムの記録、ツールキットの版、ライブラリ自体があれば判断できます。

check-kubelet_log_link = ノードのログディレクトリへの kubelet 向けリンク
check-kubelet_log_link-text = { noun-container } の{ noun-process }が、ノードのログディレクトリにリンク { noun-path } ({ noun-target } へ) を{ $outcome ->
    [attempted] 置こうとして失敗しました。
    [unknown] 置いた可能性があります。ログを提供する kubelet が、これをたどってノードの任意のファイルを読むおそれがあります。
   *[succeeded] 置きました。ログを提供する kubelet が、これをたどってノードの任意のファイルを読むおそれがあります。
}
check-kubelet_log_link-settle = kubelet の読み取りの監査記録と、API サーバーの監査ログにあるログ取得の要求があれば判断できます。

check-service_account_misuse = ポッドの身元の手作業での使用
check-service_account_misuse-text = ポッドの身元 ({ noun-user }) で、人が使うツールから Kubernetes API の { noun-target } が要求されました{ noun-command }。ポッド内のプログラムは通常自前のクライアントを使いますが、ビルドの処理が同じことをする場合もあります。
check-service_account_misuse-settle = そのポッドでのトークンファイルの読み取り記録と、ポッド自身のプログラムがそのツールを使うかどうかが分かれば判断できます。

check-ephemeral_container = 実行中のポッドへのコンテナの追加
check-ephemeral_container-text = 実行中のポッド ({ noun-target }) に、{ noun-user }によりコンテナが追加されました。ポッド内の他のコンテナのプロセスを共有できます。管理者が障害調査のために行うこともあります。
check-ephemeral_container-settle = その要求を含む API サーバーの監査ログと、その中で起動したプログラムの記録があれば判断できます。

## 残された足がかり

check-preload_write = ホストの全プログラムに読み込まれるライブラリの配置
check-preload_write-text = { noun-container } の{ noun-process }が、ホストの全プログラムに読み込まれるライブラリを決める { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。指定されたライブラリは、すべてのプログラムの中で動作します。
   *[succeeded] 書き込みました。指定されたライブラリは、すべてのプログラムの中で動作します。
}
check-preload_write-settle = ホスト上の現在のファイルと、そこに指定されたライブラリがあれば判断できます。
check-preload_write-remove = ホストで他の操作をする前にファイルを空にするか復元し、指定されたライブラリを削除します。作業には静的リンクされたツールを使います。

check-account_write = ホストの利用者・権限の変更
check-account_write-text = { noun-container } の{ noun-process }が、ホストにログインできる者や root になれる者を定める { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。侵入者が自分の権限で戻ってくるおそれがあります。
   *[succeeded] 書き込みました。侵入者が自分の権限で戻ってくるおそれがあります。
}
check-account_write-settle = ホスト上の現在のファイルと、バックアップにある直前の版があれば判断できます。
check-account_write-remove = ファイルを復元し、追加されたアカウントを停止してセッションを終了し、記載されていたパスワードを変更します。

check-startup_write = ホストの起動時ファイルへの命令の配置
check-startup_write-text = { noun-container } の{ noun-process }が、ログイン・起動・デバイス接続のときに実行される { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。その内容は、そのときにホスト上で実行されます。
   *[succeeded] 書き込みました。その内容は、そのときにホスト上で実行されます。
}
check-startup_write-settle = ホスト上の現在のファイルと、バックアップにある直前の版があれば判断できます。
check-startup_write-remove = ファイルを復元または削除し、それ以降に起動されたプロセスを終了します。

check-module_file_write = ホストへのカーネルモジュールの配置
check-module_file_write-text = { noun-container } の{ noun-process }が、カーネルモジュールまたは起動時に読み込むモジュールの一覧 { noun-path } に{ $outcome ->
    [attempted] 書き込もうとして失敗しました。
    [unknown] 書き込んだ可能性があります。次の起動から、ホストのカーネル内で動作します。
   *[succeeded] 書き込みました。次の起動から、ホストのカーネル内で動作します。
}
check-module_file_write-settle = ホスト上の現在のファイルと、その署名があれば判断できます。
check-module_file_write-remove = モジュールと一覧の行を削除し、初期 RAM ディスクを作り直し、信頼できるカーネルで再起動します。

check-suid_set = ホストのプログラムへの setuid の付与
check-suid_set-text = { noun-container } の{ noun-process }が、ホストの { noun-path } に所有者の権限で動作する指定 (setuid) を{ $outcome ->
    [attempted] 付けようとして失敗しました。
    [unknown] 付けた可能性があります。これを起動した者は、所有者の権限を得ます。
   *[succeeded] 付けました。これを起動した者は、所有者の権限を得ます。
}
check-suid_set-settle = ホスト上の現在のファイルのモードと所有者があれば判断できます。
check-suid_set-remove = ビットを外す (`chmod u-s,g-s`) か、ファイルを復元します。内容も変更されているおそれがあります。

check-role_binding_created = クラスタの身元へのロールの付与
check-role_binding_created-text = ロール { noun-path } の付与 ({ noun-target }) が、{ noun-user }により行われました。そこに挙げられた身元は、付与が削除されるまで権限を持ちます。プログラムの導入でも行われます。
check-role_binding_created-settle = 付与の対象と、そのロールを与える予定だった者が分かれば判断できます。
check-role_binding_created-remove = 付与を削除し (`kubectl delete clusterrolebinding NAME`)、その身元がロールで行った操作を監査ログで確認します。

## 痕跡の隠蔽

check-history_removed = ホストのシェル履歴の消去
check-history_removed-text = { noun-container } の{ noun-process }が、ホストのシェルの履歴 { noun-path } を削除・消去・無効化しました。
check-history_removed-settle = バックアップにあるファイルの写しと、起動されたプログラムの記録があれば判断できます。

check-log_removed = ホストのログの消去
check-log_removed-text = { noun-container } の{ noun-process }が、ホストのログ { noun-path } を削除または消去しました。
check-log_removed-settle = ホストの外へ送られていたログの写しと、バックアップにある直前の版があれば判断できます。

check-timestamps_changed = 変更したファイルの日時の設定
check-timestamps_changed-text = { noun-container } の{ noun-process }が、ホストの { noun-path } を書き込んだ後にその日時を設定しました。ファイルの日付は証拠になりません。アーカイブの展開でも行われます。
check-timestamps_changed-settle = 設定できない inode の変更時刻 (ctime) と、バックアップにあるファイルがあれば判断できます。

check-journal_vacuumed = ホストのジャーナルの切り詰め
check-journal_vacuumed-text = { noun-container } がホスト上で動作した後に、ホストのジャーナルのファイルを破棄またはローテートする操作が行われました{ noun-command }。
check-journal_vacuumed-settle = ホストの外へ送られていたジャーナルの写しと、操作した者の記録があれば判断できます。

check-cover_up_commands = 痕跡を隠すコマンド
check-cover_up_commands-text = シェルの履歴に、痕跡を隠すコマンドがあります{ noun-command }。履歴は入力された内容を示すだけで、結果は示しません。
check-cover_up_commands-settle = その時刻に起動されたプログラムの記録と、ログインしていた者の記録があれば判断できます。

check-recorder_stopped = 越境後の記録の停止
check-recorder_stopped-text = { noun-container } がホスト上で動作した後に、記録が停止または縮小されました ({ noun-target })。操作した者は分かりません。以後に記録がなくても、何もなかったことの証明にはなりません。
check-recorder_stopped-settle = その時刻のサービス管理のログと、ホストの外へ送られていたログの写しがあれば判断できます。

check-serial_hole = 越境の前後での記録の欠落
check-serial_hole-text = { noun-container } がホスト上で動作した前後で、監査ログの記録 (番号 { noun-target }) が欠けています。失われたか、何者かがログを切り取ったものです。
check-serial_hole-settle = ホストの外へ送られていたログの写しと、記録機能自身が数えた損失があれば判断できます。

check-api_events_deleted = クラスタのイベントの削除
check-api_events_deleted-text = Kubernetes API のイベント ({ noun-target }) の削除が、{ noun-user }により要求されました。イベントは自然に期限切れになるため、削除する必要はありません。
check-api_events_deleted-settle = 監視システムにあるイベントの写しと、API サーバーの監査ログがあれば判断できます。

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
