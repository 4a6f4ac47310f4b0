# 理由・状態・種類: 成果物に現れる名前を言葉にしたもの。

## 計画の手順の理由

step-reason-content_changed = 敵対的なプロセスが内容を変更したため。
step-reason-deleted = 敵対的なプロセスが削除したため。
step-reason-metadata_changed = 敵対的なプロセスが権限・所有者・時刻・属性を変更したため。
step-reason-created_by_attacker = 攻撃者が作成したため。削除せず、証拠として隔離します。
step-reason-renamed_here = 敵対的なプロセスが名前を変更してこの名前にしたため。
step-reason-renamed_away = 敵対的なプロセスが名前を変更して元の名前を失わせたため。
step-reason-overwritten = 敵対的なプロセスが書き込み用に開いたため。どのバイトも変わっている可能性があります。
step-reason-truncated = 敵対的なプロセスが内容を切り詰めたため。
step-reason-parent_missing = 復元する対象を置くディレクトリがないため。
step-reason-parent_directory = 復元する対象を置くディレクトリであるため。
step-reason-linked = 敵対的なプロセスが別の名前 (ハードリンク) を作ったため。

## 手順の動作

step-action-write_file = ファイルを書き戻す
step-action-set_metadata = メタデータを戻す
step-action-make_directory = ディレクトリを作る
step-action-make_symlink = シンボリックリンクを作る
step-action-quarantine = 隔離する

## 版を選んだ理由・選ばなかった理由

candidate-chosen = 採用: 最初の敵対的な操作より前に保存された最新の版です。
candidate-stored_after_first_act = 最初の敵対的な操作より後に保存されたため、攻撃者の変更を含むおそれがあります。
candidate-older = 採用した版より古い版です。
candidate-forged_time = スナップショット自身の時刻と保存先の時刻が食い違っています。
candidate-snapshot_damaged = この版を含むスナップショットが壊れています。
candidate-only_declared_time = 保存時刻の根拠がスナップショット自身の申告だけで、偽造できます。
candidate-same_content = 採用した版と内容が同じです。
candidate-passed_over = 採用した版より新しいものの、スナップショットまたは時刻に疑いがあるため使えません。
candidate-gone_before_first_act = より新しい正常なスナップショットには存在せず、すでに無効な版です。

## 保存時刻の根拠

time-origin-server = 保存先サーバーの時計
time-origin-storage_file = 保存先のファイル時刻
time-origin-declared = スナップショット自身の申告のみ (偽造可能)

## バックアップ全体についての注意

catalogue-warning-forged_time = 申告時刻が保存先の時刻と食い違うスナップショットがあります。申告時刻は使っていません。原因が分かるまで、このリポジトリの世代削除をすべて止めてください。
catalogue-warning-only_declared_time = 保存時刻の根拠がスナップショット自身の申告しかありません。リポジトリに書き込める者なら偽造できます。頼る前に別の記録と照合してください。
catalogue-warning-snapshot_damaged = 完全には読めないスナップショットがあります。その中の版がこの一覧から欠けている可能性があります。
catalogue-warning-snapshot_unreadable = 読み取れないスナップショットがあります。その中の版はこの一覧にありません。
catalogue-warning-freeze_pruning = 案件が終わるまで、バックアップの世代削除をすべて止めてください。唯一の正常な版が消えるおそれがあります。
catalogue-warning-source_unreadable = 読み取れないバックアップ元があります。その中身は検討していません。
catalogue-warning-prune_may_run = 実行中の処理がリポジトリをロックしており、世代削除の可能性があります。世代削除を止めてから、計画を作り直してください。
catalogue-warning-index_damaged = リポジトリの索引の一部が壊れています。一覧から欠けている版があるかもしれません。
catalogue-warning-key_refused = 使用できない鍵がリポジトリにあります。
catalogue-warning-rewritten_snapshot = 作成後に書き換えられたスナップショットがあります。
catalogue-warning-relative_paths = 相対パスで保存されたスナップショットがあります。ホスト上の位置は推定によるものです。
catalogue-warning-partly_excluded = 除外設定付きで作成されたスナップショットがあります。そこにないパスも、当時は存在していた可能性があります。
catalogue-warning-odd_roots = 記載された起点が内容と合わないスナップショットがあります。
catalogue-warning-root_inferred = 複製がホストのどのディレクトリに対応するかは、推定によるものです。
catalogue-warning-root_ambiguous = 複製がホストのどのディレクトリに対応するかを特定できません。バックアップ元の指定時に明示してください。
catalogue-warning-version_index_rebuilt = 保存済みの版の索引を使えなかったため、作り直しました。
catalogue-warning-version_index_not_kept = 版の索引を保存できませんでした。次回の検索に時間がかかります。
catalogue-warning-no_source = バックアップ元が指定されていません。

## 正常な版がない理由

clean-none-no_source_covers_path = このパスを含むバックアップがありません。
clean-none-all_versions_after_first_act = どの版も、最初の敵対的な操作より後に保存されています。
clean-none-only_declared_time = 十分に古い版であることの根拠が、偽造可能な時刻しかありません。
clean-none-not_looked_up = ホスト上のパスが不明なため、検索していません。
clean-none-only_forged_times = 時刻の食い違うスナップショットにしか版がありません。
clean-none-snapshot_damaged = 版を含むはずのスナップショットが壊れています。

## 復元しない理由

not-restored-no_source_covers_path = このパスを含むバックアップがありません。
not-restored-path_unknown = 証拠からホスト上のパスを特定できませんでした。
not-restored-all_versions_after_first_act = 保存されているどの版も、最初の敵対的な操作より後のものです。
not-restored-parent_is_not_restored = 上位のディレクトリを復元しないためです。
not-restored-special_file = デバイス・パイプ・ソケットであり、復元する内容がありません。
not-restored-later_benign_change = 後から正規のプロセスが変更しており、復元するとその変更が失われます。
not-restored-no_clean_version = 正常と分かっている版がありません。
not-restored-absent_before = 最初の敵対的な操作より前には存在しませんでした。
not-restored-existence_unknown = 最初の敵対的な操作より前に存在したかどうかを、証拠から判断できません。
not-restored-snapshot_damaged = 正常な版を含むスナップショットが壊れています。
not-restored-only_declared_time = 正常な版であることの根拠が、偽造可能な時刻しかありません。
not-restored-kernel_setting = データではなくカーネルの設定です。
not-restored-directory = ディレクトリです。中身は対象ごとに一覧に挙げています。
not-restored-secret = 変更されたのではなく読み取られました。読まれたものは取り戻せません。
not-restored-no_hostile_act = 敵対的な操作の記録がありません。
not-restored-unsafe_path = 安全に復元できないパスです。
not-restored-only_forged_times = 時刻の食い違うスナップショットにしか版がありません。
not-restored-not_a_file = ファイル・ディレクトリ・リンクのいずれでもありません。
not-restored-gone_again = インシデント中に作成され、その後消えたため、残っていません。
not-restored-kept_by_decision = 担当者の判断により、現状のままとします。
not-restored-other_host = この計画の対象とは別のホストにあります。
not-restored-host_is_ambiguous = 証拠に複数のホストがあり、どのホストのものか特定できません。
not-restored-catalogue_is_for_other_path = 版の一覧が別のパスで調べられています。作り直す必要があります。
not-restored-created_after_clean_point = 最新の正常なバックアップより後、最初の敵対的な操作より前に作られたため、どのバックアップにもありません。
not-restored-clean_version_missing = 版の一覧に、正常とされる版が含まれていません。
not-restored-clean_version_too_late = 正常とされる版の保存時刻が、この計画には遅すぎます。
not-restored-covered_by_other_step = 別の手順で処理します。
not-restored-parent_is_not_a_directory = 上位にあるものがディレクトリではありません。
not-restored-directory_moved = ディレクトリごと移動されています。
not-restored-directory_moved_here = ディレクトリごとここに移動されています。
not-restored-holds_other_objects = 一緒に動かせない別の対象を含んでいます。

## 担当者にできること

next-look_for_another_backup = このパスを含む別のバックアップ・スナップショット・複製を探し、案件に追加してください。
next-add_backup_source = このパスを含むバックアップ元を追加し、計画を作り直してください。
next-find_path = デバイス番号と inode 番号でホスト上のファイルを探し、手作業で復元してください。
next-find_path_by_inode = デバイス番号と inode 番号でホスト上のファイルを探し、手作業で復元してください。
next-older_backup = 指定されたものより古いバックアップを探してください。複製によって時刻が失われただけで、スナップショットの時刻に責任を持てる場合は、URL に ?times=declared を付けてください。
next-review_by_hand = 担当者が版を比較して判断する必要があります。
next-merge_by_hand = 正常な版を別の場所に復元して比較し、後からの変更を手作業で取り込んでください。
next-recreate = サービスやパッケージ、または手作業で作り直してください。
next-reinstall_package = 所有するパッケージを入れ直してください。
next-rotate = 新しい鍵・トークン・パスワードを発行し、古いものを失効させてください。
next-set_back_by_hand = 手作業で元に戻し、起動時に設定される値も確認してください。
next-restore_parent = 先に上位のディレクトリの扱いを決め、計画を作り直してください。
next-quarantine_by_hand = 手作業で移動し、証拠として保管してください。
next-repair_backup = バックアップリポジトリを検査・修復するか、その複製を使ってください。
next-confirm_time = スナップショットの時刻を別の記録で確認し、計画を作り直してください。
next-compare_with_backup = 最新のバックアップと比較して判断してください。
next-plan_again = 版の一覧と計画を作り直してください。
next-plan_for_that_host = そのホスト用の計画を別に作成してください。
next-resolve_conflict = どの変更を残すかを担当者が判断する必要があります。正常な版を別の場所に復元して比較してください。
next-move_directory_back = 手作業でディレクトリを元の場所に戻し、計画を作り直してください。
next-recover_from_renamed_copy = 内容が新しい名前で残っている可能性があります。比較したうえで手作業で戻してください。
next-nothing = 対応は不要です。

## 書き込みを拒否した理由

refused-target_changed_since_planning = 計画の作成後に、対象のパスにあるものが変わりました。
refused-unsafe_parent = 途中のディレクトリがリンクやマウントであるか、差し替えられています。
refused-not_a_regular_file = 対象のパスにあるものが通常のファイルではありません。
refused-content_mismatch = バックアップから読み出した内容のハッシュ値が、想定と一致しません。
refused-outside_target = パスが復元先の外に出ます。
refused-no_space = ディスクの空き容量が足りません。
refused-hard_linked = ファイルに別の名前 (ハードリンク) があり、それらも変わってしまいます。
refused-source_unavailable = バックアップから内容を読み出せませんでした。
refused-mount_point = 対象のパスにファイルシステムがマウントされています。
refused-invalid_path = 正しい絶対パスではありません。
refused-append_only = ファイルに追記専用の属性が付いています。
refused-immutable = ファイルに変更禁止の属性が付いています。
refused-changed_during_restore = 手順の実行中に変更されました。
refused-changed_since_restore = 復元後に変更されており、取り消すとその変更が失われます。
refused-directory_in_the_way = ファイルを置くべき場所にディレクトリがあります。
refused-directory_not_empty = ディレクトリが空ではありません。
refused-directory_not_empty_of_others = ディレクトリに、この計画に含まれないものがあります。
refused-kind_mismatch = 対象のパスにあるものの種類が想定と異なります。
refused-nothing_there = 対象のパスには何もありません。
refused-no_atomic_exchange = このファイルシステムでは、二つの名前を一度に入れ替えられません。
refused-parent_missing = 途中のディレクトリがありません。
refused-path_is_target_root = パスが復元先ディレクトリそのものです。
refused-quarantine_missing = 隔離したものが見つかりません。
refused-reserved_name = このプログラム自身のディレクトリの名前です。
refused-special_file = デバイス・パイプ・ソケットです。
refused-too_many_entries = ディレクトリの項目数が、安全に扱える上限を超えています。
refused-unsafe_name = 安全に扱えない名前です。

## 手順の結果

step-state-done = 完了 (読み戻して確認済み)
step-state-already_right = 作業不要 (すでに正常な版と同じ)
step-state-refused = 拒否
step-state-failed = 失敗
step-state-undone = 取り消し済み

## 手順の取り消し方

undo-nothing = 変更なし
undo-remove = 置いたものを取り除く
undo-put_back = 隔離場所から戻す: { $name }
undo-reset_metadata = メタデータを戻す

## パスにあるものの状態

fingerprint-nothing = なし
fingerprint-file = ファイル
fingerprint-directory = ディレクトリ
fingerprint-symlink = シンボリックリンク
fingerprint-block = ブロックデバイス
fingerprint-char = キャラクターデバイス
fingerprint-fifo = 名前付きパイプ
fingerprint-socket = ソケット

## 可能性のある対象・派生した対象の決着のつけ方

settled-compare_hashes_with_backup = 配下の全ファイルのハッシュ値を、最新の正常なバックアップと比較してください。
settled-compare_with_backup = 最新の正常なバックアップと比較してください。
settled-compare_with_package = 所有するパッケージの内容と比較してください。
settled-compare_with_image_layer = 元のイメージレイヤーと比較してください。
settled-other_log_source = 同じ時間帯の別のログ (ホスト・ネットワーク・オーケストレーター) を追加してください。

## 対象への影響の種類

affected-touched = 変更された対象
affected-transient = 作られた後に消されたもの
affected-settings = カーネルの設定
affected-exposed = 露出した対象
affected-derived = 派生した対象

## 読み取りによる被害の種類

exposed-secret = 秘密情報: 交換が必要

## 露出した対象の内容

content-account_passwords = ホストのアカウントのパスワードハッシュ
content-ssh_private_key = SSH 秘密鍵
content-ssh_host_key = ホストの SSH 鍵
content-tls_private_key = 証明書の秘密鍵
content-node_credential = Kubernetes ノードの認証情報
content-cluster_admin_credential = クラスター管理者の認証情報
content-service_account_token = Kubernetes サービスアカウントのトークン
content-kubeconfig = 個人の kubeconfig
content-etcd_data = クラスターのデータベース
content-cloud_credential = クラウドのアクセスキー
content-registry_credential = コンテナレジストリの認証情報
content-database_password = データベースのパスワード
content-keytab = Kerberos の鍵
content-environment_file = パスワードを含む設定ファイル
content-other_secret = 種類の分からない秘密情報
content-account_list = ホストのアカウント名の一覧
content-login_records = ログイン記録 (名前、時刻、アドレス)
content-mail = メール
content-home_file = 個人のホームディレクトリのファイル
content-access_log = アクセスログ (アドレスと要求内容)
content-database = データベース
content-document = 文書・表
content-archive = アーカイブ・ダンプ・バックアップ
content-volume = コンテナのデータ
content-other_data = その他のデータ

## 読み取られた秘密情報への対応

rotate-account_passwords = ハッシュのある全アカウントのパスワードを変更し、同じパスワードを使う箇所もすべて変更してください。
rotate-ssh_private_key = 鍵ペアを作り直し、古い公開鍵をすべての authorized_keys と Git サービスから削除してください。
rotate-ssh_host_key = ホスト鍵を作り直し、新しいフィンガープリントを利用者に知らせてください。
rotate-tls_private_key = 鍵と証明書を再発行し、古い証明書を失効させてください。
rotate-node_credential = ノードの証明書を削除して kubelet に再取得させてください。失効できない場合は、クラスターの CA を更新してください。
rotate-cluster_admin_credential = Kubernetes では証明書を失効できません。クラスターの CA を更新するか、証明書に記された名前の権限を外してください。
rotate-service_account_token = Pod を削除してトークンを失効させ、トークンの Secret を削除し、そのアカウントの利用状況を確認してください。
rotate-kubeconfig = 含まれるトークンを失効させ、再発行してください。
rotate-etcd_data = クラスターの Secret はすべて読み取られたものとみなし、すべて交換し、暗号化鍵も更新してください。
rotate-cloud_credential = 直ちにキーを無効にして作り直し、クラウド側のログで利用状況を確認してください。
rotate-registry_credential = トークンまたはパスワードを失効させ、以後に登録されたイメージを確認してください。
rotate-database_password = パスワードを変更し、データベースのログで利用状況を確認してください。
rotate-keytab = 含まれるプリンシパルの鍵を変更してください (krbtgt は 2 回)。
rotate-environment_file = 含まれるパスワード、トークン、鍵をすべて変更してください。
rotate-other_secret = 何に使われるものかを調べ、交換してください。

## 露出したデータが個人に関するものか

personal-yes = 個人データ
personal-no = 種類からみて個人データではない
personal-cannot_tell = 個人データの有無を確認

## プロセスを敵対的とみなす理由

subject-reason-container = 越境の起点となったコンテナに属しています。
subject-reason-descendant = 敵対的なプロセスから起動されました。
subject-reason-kernel_helper = 変更された設定によりカーネルが起動しました。
subject-reason-entered_host_namespace = コンテナからホストの名前空間に入りました。
subject-reason-started_container = 敵対的なプロセスが起動したコンテナの中で動いています。
subject-reason-persistence = 攻撃者が残した仕掛けから起動されました。
subject-reason-crossing = 自ら越境しました。
subject-reason-runs_written_program = 敵対的なプロセスが書いたプログラムやジョブを実行しています。

## 判断の確からしさ

certainty-observed = 記録あり
certainty-inferred = 推定
certainty-possible = 可能性

## 越境の結果

crossing-succeeded = 成功
crossing-attempted = 未遂
crossing-unknown = 判断不能

## 経過の段階

story-part-entry = 侵入
story-part-crossing = 越境
story-part-action = 操作
story-part-persistence = 持続化
story-part-cover_up = 証拠隠し

## 対象への操作

operation-created = 作成
operation-truncated = 切り詰め
operation-overwritten = 書き込み・置き換え
operation-renamed_away = 名前変更 (元の名前)
operation-renamed_here = 名前変更 (この名前へ)
operation-linked = ハードリンク作成
operation-deleted = 削除
operation-metadata = メタデータ変更

## 対象の種類

object-file = ファイル
object-directory = ディレクトリ
object-symlink = シンボリックリンク
object-block_device = ブロックデバイス
object-char_device = キャラクターデバイス
object-fifo = 名前付きパイプ
object-socket = ソケット
object-process = プロセス
object-container = コンテナ
object-api_object = API オブジェクト
object-module = カーネルモジュール

## 空白時間帯: 証拠が沈黙している理由

blind-serial_gap = { $missing_known ->
    [no] 通し番号が欠けています。記録が失われています。
   *[yes] 通し番号が { $missing } 個欠けています。記録が失われています。
}
blind-declared_drop = { $missing_known ->
    [no] 記録機能自身が、事象を取りこぼしたと記録しています。
   *[yes] 記録機能自身が、{ $missing } 件の事象を取りこぼしたと記録しています。
}
blind-recorder_off = 記録機能が停止、設定変更、または無効化されていました。
blind-unreadable = この部分の記録は途切れているか、読み取れません。
blind-not_followed = 証拠に現れるものが、メモリに保てる数を超えています。保てなかったもの: プロセス { $processes } 件、ファイルの場所 延べ { $places } 件、コンテナ 延べ { $containers } 件、ほかのホストの事象 { $hosts } 件。これらについては、どのコンテナの動作か、パスがホストのどこに当たるかが示されないことがあります。すべてを得るには、ホストまたは日ごとに分けて読み込んでください。
blind-clock_jump = 時計が逆戻りしました。この部分の事象の順序は不確かです。
blind-silence = { $seen_in_known ->
    [yes] ホストが動いていたことは { $seen_in } から分かりますが、この間のプロセスの動作は記録されていません。
   *[no] { $source_known ->
        [no] 通常よりはるかに長い間、何も記録されていません。
       *[yes] { $source } には、通常よりはるかに長い間、何も記録されていません。
    }
}
blind-not_recorded = { $class_known ->
    [no] 判断に必要な種類の事象が、どの証拠にも記録されていません。
   *[yes] この種類の事象は、どの証拠にも記録されていません: { $class }
}

## 証拠の問題

problem-not_a_record = この形式の記録ではない
problem-torn = 途切れた記録
problem-too_long = 上限を超える長さの記録
problem-bad_field = 読み取れない項目
problem-incomplete = 不完全な事象
problem-duplicate = 重複した記録
problem-bad_time = ありえない時刻
problem-truncated = 破損または途切れた圧縮・書庫
problem-bound = 敵対的な入力に対する上限に到達
problem-unknown_format = 不明な形式
problem-unreadable = OS による読み取り拒否
problem-claimed = 記録者の記録に見えるが、別の者が書いたもの
problem-left_alone = 意図的に読まなかったもの

## 検証の段階

rung-meaning-V0 = 書き込み済み
rung-meaning-V1 = 採用した版とバイト単位で一致 (SHA-256)
rung-meaning-V2 = メタデータが一致
rung-meaning-V3 = その形式として正しい
rung-meaning-V4 = 関連するデータと整合
rung-meaning-V5 = 動作試験に合格
rung-meaning-V6 = 担当者が署名
rung-none = 未書き込み

## 答え

answer-yes = はい
answer-no = いいえ
answer-cannot_tell = 判断不能
answer-cannot_tell-because = 判断不能 (不足しているもの: { $missing })

## より確かな判断のために不足しているもの

missing-target_namespace = 入った先の名前空間
missing-node_log = ノード自身のログ
missing-runtime_request = ランタイム自身の要求ログ
missing-host_path = ホスト上のパス
missing-own_findings = 個別の検知結果 (この検査の検知結果が多すぎるため、残りの事象をこの 1 件にまとめました)
missing-raw_events = 警告の元になった事象
missing-recorder_identity = 記録者自身が書いたという証拠（運んだログは、どんな名前のどんな行でも受け付けます）
missing-helper_start = その後にカーネルが起動したプログラムの記録
missing-kernel_log = カーネル自身のログ
missing-sysrq_writer = カーネルのログにある命令を出した者
missing-process_root = /proc 以下のパスが経由するプロセスの持ち主
missing-traced_process = 操作されたプロセスの持ち主
missing-opened_object = 開かれたファイル
missing-module_origin = モジュールの出所
missing-bpf_purpose = BPF プログラムの動作
missing-program_mode = 起動されたプログラムのモード
missing-acting_user = 操作した利用者
missing-page_cache_hash = 読み取った内容とディスク上の内容のハッシュ
missing-device_use = その後にデバイスが開かれたかどうか
missing-device_number = デバイス番号
missing-working_directory = プロセスが得た作業ディレクトリ
missing-masked_target = その後にランタイムがそこでマウントまたは開いたもの
missing-link_text = リンク先
missing-mount_target = その後にランタイムがマウントした場所
missing-volume_content = ボリュームにコピーされた内容
missing-setting_value = ノード上の設定値
missing-hook_record = ランタイムが起動したフックの記録
missing-link_reader = リンクをたどった者
missing-token_read = トークンの読み取り記録
missing-client_program = クライアントのプログラム名
missing-key_use = その後の鍵の使われ方
missing-runtime_client = エンジンに要求した者
missing-file_mode = 設定されたモード
missing-role = 付与されたロール
missing-times_set = 設定された日時
missing-who_asked = 操作した者
missing-program_records = 起動されたプログラムの記録
missing-who_cut = 記録が失われたのか切り取られたのか
missing-serial_numbers = 記録の通し番号
missing-no-container = コンテナを一つも特定できません
missing-place-of-writes = コンテナによる書き込み { $count } 件の、ホスト上の位置
missing-request-bodies = 要求 { $count } 件の本文 (監査レベルが Metadata のため記録なし)
missing-no-event = { $actions } の事象が一件もありません

## 証拠に記録されないことのある事象の種類

class-program_starts = プログラムの起動
class-file_changes = ファイルの変更
class-file_reads = ファイルの読み取り
class-namespaces_and_mounts = 名前空間とマウント
class-runtime_sockets = ソケットへの接続

## 完了した手順の注記

note-owner_not_restored = 所有者を設定できませんでした (root 権限が必要です)。
note-set_id_bits_not_restored = 所有者を設定できないため、set-uid / set-gid ビットは付けていません。
note-attribute_not_restored = 拡張属性を設定できませんでした。
note-time_not_restored = 時刻を設定できませんでした。
note-attributes_unknown_to_source = バックアップ元に拡張属性の情報がないため、既存の属性を残しています。
note-not_put_back = 元の状態に戻せませんでした。担当者がこのパスを確認する必要があります。
note-former_object_in_quarantine = 元のものは隔離場所にあります。
note-earlier_object_in_quarantine = 以前の実行時に存在したものは、引き続き隔離場所にあります。
note-interrupted_and_not_settled = 手順が中断され、状態を確定できませんでした。担当者がこのパスを確認する必要があります。
note-not_looked_at = 確認していません。
