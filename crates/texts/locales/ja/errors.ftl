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
