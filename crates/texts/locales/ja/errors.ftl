# エラー: 何を試み、何が分かり、次に何をすればよいか。

error-tried = 試みたこと: { $what }
error-found = 分かったこと: { $what }
error-next = 次の手順: { $what }

## 分かったこと

error-not_found = { $path } には何もありません。
error-permission_denied = { $path } へのアクセスを OS が拒否しました。
error-disk_full = { $path } のあるディスクがいっぱいです。
error-read_failed = { $path } を読み取れませんでした: { $detail }
error-write_failed = { $path } に書き込めませんでした: { $detail }
error-wrong_password = このパスワードではリポジトリ { $source } を開けません。
error-repository_missing = { $source } にバックアップリポジトリがありません。
error-repository_damaged = バックアップリポジトリ { $source } が壊れています: { $detail }
error-unknown_backend = 「{ $source }」はバックアップ元の種類として認識できません。
error-case_missing = { $path } は案件ではありません (case.toml がありません)。
error-case_exists = { $path } にはすでに案件があります。
error-case_busy = 別のコマンドがこの案件を処理しています。
error-stage_missing = この案件にはまだ { $artefact } がありません。
error-artefact_unreadable = { $path } は、この版で読み取れる成果物ではありません: { $detail }
error-artefact_newer = { $path } は、より新しい版で書かれています (スキーマ { $schema })。
error-evidence_changed = 証拠 { $path } が取り込み時から変わっています (ハッシュ値が一致しません)。
error-plan_not_approved = 復元計画が承認されていません。
error-plan_changed = 復元計画が承認後に変更されています。
error-custody_broken = 証拠保全ログの整合性が保たれていません: { $detail }
error-target_not_allowed = { $path } は、指定された復元先の中にありません。
error-not_root = この操作には root 権限が必要です。
error-invalid_argument = 「{ $value }」はここでは使えません: { $detail }

## 次の手順

next-step-check_path = パスが正しいか、ディスクや共有がマウントされているかを確認してください。
next-step-check_permission = パスを読み取れる利用者として実行するか、読み取れる場所に証拠を複製してください。
next-step-free_space = 空き容量を増やすか、案件を大きなディスクに移してから、同じコマンドを再度実行してください。止まったところから続きます。
next-step-check_password = 正しいパスワードを `--password-file` またはヘルプに記載の環境変数で指定してください。
next-step-check_repository = リポジトリの場所を確認してください。`restic -r ADDRESS snapshots` で一覧が出るはずです。
next-step-repair_repository = リポジトリの複製を作り、複製に対して `restic check` を実行して破損箇所を調べてください。
next-step-new_case = `yobitsugi case new DIRECTORY` で案件を作成してください。
next-step-other_directory = 別のディレクトリを選ぶか、既存の案件を続けてください。
next-step-wait = 別のコマンドが終わるのを待ってから、再度実行してください。
next-step-run_stage = 先に `yobitsugi { $command }` を実行してください。
next-step-upgrade = これを書いた版、またはより新しい版の Yobitsugi を使ってください。
next-step-take_in_again = 証拠を新しい項目として取り込み直してください。以前の項目も記録に残ります。誰がファイルを変更したかも調べてください。
next-step-approve = `yobitsugi plan` で計画を読み、`yobitsugi approve` で承認してください。
next-step-keep_custody = ログをそのまま保管し、控えてあるチェックポイントと照合してください。
next-step-run_as_root = 同じコマンドを root で実行するか、書き込める復元先ディレクトリを指定してください。
next-step-see_help = 使えるものは `yobitsugi { $command } --help` で確認できます。
next-step-report_bug = Yobitsugi の不具合です。データは失われていません。上の文面を添えて報告してください。

## 次の手順: 案件

next-case-exists = 空のディレクトリか、まだ存在しないディレクトリを指定してください。既存の案件を続ける場合は `--case` で指定します。
next-case-missing = `yobitsugi case new DIR` で案件を作るか、`--case DIR` で案件の場所を指定してください。
next-case-settings = メッセージに従って `case.toml` を直してください。書き方は `docs/case-layout.md` にあります。
next-run-earlier-stage = 先に前の段階を実行してください。順序は intake、read、detect、plan、approve、restore、verify、report です。
next-give-evidence = `yobitsugi intake PATH…` で証拠を取り込んでから続けてください。
next-look-at-coverage = データは失われておらず、案件に残っています。見つかった内容は `yobitsugi coverage` で確認できます。正しいファイルを取り込むか、`--format` で形式 (auditd、k8s_audit、falco) を指定してください。
next-known-formats = `--format` を外して自動判別に任せるか、auditd、bolt、containers_storage、cri_log、docker_events、docker_json_log、docker_state、ecs、falco、gke_audit、journal_export、journal_file、journal_json、k8s_audit、kernel、laurel、oci_spec、ocsf、runtime_log、shell_history、state_value、syslog、tetragon、tracee、tracee_v1 のいずれかを指定してください。
next-give-backup = `--backup restic:/PATH` または `--backup dir:/PATH` でバックアップ元を指定するか、`case.toml` に書いてください。
next-approve-plan = `yobitsugi plan` で計画を確認し、`yobitsugi approve` で承認してください。まだ何も変更していません。
next-plan-anew = `yobitsugi plan` で計画を作り直してください。手で書き換えられた計画は実行しません。判断は `--take-clean` と `--keep-live` で指定します。まだ何も変更していません。
next-name-object = `yobitsugi scope` に表示されるパスで対象を指定してください。
next-nothing-to-plan = 証拠から判断できなかった点は `yobitsugi coverage` で確認できます。
next-give-target = ホストに当たる場所を指定してください。ルート全体なら `--target DIR`、一部なら `--map /PATH/ON/HOST=DIR` です。
next-read-help = `yobitsugi --help`、または `yobitsugi VERB --help` で使い方を確認してください。まだ何も変更していません。
next-report-bug = Yobitsugi の不具合です。データは失われていません。上の文面を添えて報告してください。
next-report-defect = Yobitsugi の不具合です。データは失われていません。上の文面を添えて報告してください。

## 次の手順: ファイル

next-storage-full = 空き容量を増やすか、案件を大きなディスクに移してから、同じコマンドを再度実行してください。完了した分は残っています。
next-file-permission = その場所を読み書きできる利用者として実行してください。
next-file-missing = パスが正しいか、ディスクや共有がマウントされているかを確認してください。
next-file-read-only = ファイルシステムが読み取り専用です。書き込めるディレクトリを案件に指定してください。
next-file-device = ディスクまたは共有で障害が起きています。カーネルのログを確認し、内容を別のディスクに複製してから続けてください。
next-artefact-rerun-stage = ファイルが変更されたか壊れています。これを作る段階をもう一度実行してください。
next-artefact-newer-version = より新しい版で書かれています。その版以降の Yobitsugi を使ってください。
next-store-run-parse = `yobitsugi read` で証拠を読み直してください。保存済みの事象は証拠から作り直せます。

## 次の手順: 検索

next-query-column = 表示された列名を使ってください。events の全列は `yobitsugi query "describe events"` で確認できます。列のない事実は `fact(body, 'name')` で取り出せます。まだ何も変更していません。
next-query-memory = 一度に求める量を減らしてください。列 (特に `body`) を減らす、`where` で絞る、`limit` を付けるなどの方法があります。
next-query-read-only = `select`、`with`、`explain`、`show`、`describe` のいずれかを使ってください。まだ何も変更していません。
next-query-statement = 文を直してください。書き方は PostgreSQL の SQL と同じです。文字列は単一引用符で、列 "offset" は二重引用符で囲みます。例は docs/stages/search.md にあります。まだ何も変更していません。
next-query-table = `from events` と書いてください。表はこれだけです。まだ何も変更していません。

## 次の手順: 証拠

next-intake-path = パスを確認してください。まだ何も取り込んでいません。
next-intake-permission = 証拠を読み取れる利用者として実行するか、読み取れる場所に証拠を複製してください。
next-intake-gone = 証拠を元の場所に戻すか、`--in-place` を付けずに取り込み直してください。
next-intake-changed = 誰が変更したかを調べてください。新しい証拠として取り込み直すと、以前のハッシュ値も記録に残ります。
next-intake-stored-differs = 案件内の複製が変更されたか、ディスクに障害があります。受け取った元の証拠に戻り、新しい案件に取り込んでください。
next-intake-take-again = 読み取れるようにしてから、取り込み直してください。

## 次の手順: バックアップ元

next-backup-url = restic のリポジトリは `restic:/PATH`、スナップショットのディレクトリは `dir:/PATH` と指定してください。
next-backup-path = パスが正しいか、バックアップのあるディスクや共有がマウントされているかを確認してください。
next-backup-kind = restic の場合は `config`、`keys`、`data` のあるディレクトリ、`dir:` の場合は時刻を名前に持つ項目が並ぶディレクトリを指定してください。
next-backup-permission = リポジトリを読み取れる利用者として実行するか、リポジトリの複製を使ってください。
next-backup-password-missing = `--password-file FILE`、または環境変数 RESTIC_PASSWORD_FILE か RESTIC_PASSWORD でパスワードを指定してください。
next-backup-password-wrong = パスワードファイルを確認してください (1 行目がパスワードです)。`restic -r PATH key list` でも試せます。
next-backup-repair = リポジトリの複製を作り、複製に対して `restic check` を実行して破損箇所を調べてください。
next-backup-format = このリポジトリは別の版の restic で作られています。`restic copy` で形式 1 または 2 のリポジトリに複製してください。
next-backup-catalogue-again = バックアップ元がその後変わっています。`yobitsugi plan` で計画を作り直してください。
next-backup-other-source = この対象には別のバックアップ元を使い、計画を作り直してください。
next-backup-storage = 読み取り中に記憶装置で障害が起きました。リポジトリを別のディスクに複製してから続けてください。

## 次の手順: 証拠保全ログ

next-custody-exists = このディレクトリにはすでに証拠保全ログがあります。新しい案件には別のディレクトリを指定してください。
next-custody-no-case = 案件のパスを確認してください。証拠保全ログが消されている場合は、それ自体が重要な事実です。控えと照合してください。
next-custody-give-key = この案件の鍵は別の場所に保管されています。その鍵を指定してください。
next-custody-wrong-key = 案件の作成時に控えた公開鍵を使ってください。
next-custody-damaged = 何も変更せずに複製を取り、控えてあるチェックポイントと照合してください。どこから一致しないかはメッセージに示されています。
next-custody-verify-inputs = ログ、チェックポイント、公開鍵のパスを確認してください。
next-custody-entry-too-long = 1 回のコマンドで指定するパスを減らしてください。

## 次の手順: 復元

next-restore-target = 存在していてリンクではないディレクトリを、`--target DIR` または `--map /PATH/ON/HOST=DIR` で指定してください。案件はその外に置きます。まだ何も変更していません。
next-restore-target-link = シンボリックリンクを含まない実際のパスで復元先を指定してください。まだ何も変更していません。
next-restore-host-prefix = 対応付けは `--map /PATH/ON/HOST=DIR` の形で、絶対パスを一度ずつ指定してください。まだ何も変更していません。
next-restore-other-target = 最初に実行したときと同じ復元先を指定してください。別の復元先には別の案件を使います。
next-restore-journal = 案件のディレクトリに書き込めるようにし、空き容量を確保してから、同じコマンドを再度実行してください。止まったところから続きます。
next-restore-journal-damaged = この復元先での作業を止めてください。実施記録と照合してください。置き換えられたものは隔離ディレクトリに残っています。
next-restore-plan-again = `yobitsugi plan` で計画を作り直し、承認してください。
next-restore-running = 別の復元が終わるのを待ってから、再度実行してください。
next-restore-never-executed = 元に戻すものはありません。この計画は実行されていません。
