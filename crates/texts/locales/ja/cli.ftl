# コマンドラインの文: ヘルプ、進捗、結果。キーは cli- または stage- で始まる。

cli-language-help = 表示する言語 (en または ja)。省略すると環境変数 (LC_ALL、LC_MESSAGES、LANG) に従います。

## ヘルプ

cli-about = コンテナホストの境界ログから、検証済みのデータへ。コンテナの境界がいつどのように破られ、どのデータが変更されたかを示し、最後の正常な版から元に戻します。
cli-usage = 使い方:
cli-heading-commands = コマンド (作業の順)
cli-after-help =
    まとめて実行する例:
      yobitsugi investigate audit.log.gz --backup restic:/backup/host --password-file pw

    時刻は UTC です。データは標準出力へ、それ以外は標準エラー出力へ出します。
    終了コード: 0 は完了、10 は完了しインシデントあり。ほかは docs/exit-codes.md にあります。
cli-heading-input = 入力
cli-heading-backup = バックアップ
cli-heading-target = 復元先と承認
cli-heading-filter = 絞り込み
cli-heading-output = 出力
cli-heading-display = 表示

cli-arg-help = ヘルプを表示します
cli-arg-version = 版を表示します
cli-arg-json = データを JSON で出力します
cli-arg-quiet = データ、警告、エラーだけを出します
cli-arg-no-color = 色を使いません (NO_COLOR でも同じ)
cli-arg-case = 案件のディレクトリ。省略時は YOBITSUGI_CASE、それもなければ現在のディレクトリ (investigate では新規作成)
cli-arg-evidence = ログを含むファイル、ディレクトリ、書庫 (.gz、.zst、.xz、tar)
cli-arg-name = 案件の名前 (例: "web-01 11月")
cli-arg-in-place = 原本を元の場所に置いたまま、ハッシュ値だけを記録します
cli-arg-clock = 証拠の時計について分かっていること: 時差 (syslog=+09:00)、進み (syslog=+1500ms)、ホストの起動時刻 (dmesg=2026-11-22T23:00:00Z)
cli-arg-format = 証拠をこの形式で読みます (例: auditd。名前の末尾で対象を絞るには messages.1=syslog)。省略時は自動判別
cli-arg-volume = コンテナが書き込んでよいホストのディレクトリ (例: /srv/app/uploads)
cli-arg-backup = バックアップ元 (例: restic:/backup/host、dir:/snapshots?root=/srv/host)
cli-arg-password-file = 1 行目にリポジトリのパスワードを書いたファイル。省略時は RESTIC_PASSWORD_FILE、RESTIC_PASSWORD
cli-arg-clock-error = ホストとバックアップの時計のずれの上限 (秒。例: 2.5)
cli-arg-target = ホストのルートに当たるディレクトリ (例: /mnt/host)
cli-arg-map = ホストの一部に当たるディレクトリ (例: /var=/mnt/var)
cli-arg-approve = 計画をその場で承認し、復元先で実行します
cli-arg-by = 承認する人の名前。省略時は利用者名
cli-arg-take-clean = 競合の決着: このパスを正常な版に戻します
cli-arg-keep-live = 競合の決着: このパスを今のまま残します
cli-arg-step = この番号の手順だけを対象にします (例: 3)。繰り返し指定できます
cli-arg-out = 報告書を書き出すディレクトリ。省略時は案件内の report/
cli-arg-dir = 作成するディレクトリ (空であるか、まだ存在しないこと)
cli-arg-offset = 報告書で UTC と並べて示す現地時刻のずれ (例: +09:00)
cli-arg-from = この時刻以降の事象だけ (例: 2026-11-23T21:30:00Z)
cli-arg-to = この時刻より前の事象だけ
cli-arg-host = このホストの事象だけを表示します
cli-arg-actor = このタスク名、プログラム、利用者または pid による操作だけを表示します。例: sh、/usr/bin/curl、4242
cli-arg-container = このコンテナの事象だけ (名前の先頭で指定)
cli-arg-path = パスにこの文字列を含む事象だけ
cli-arg-action = この操作の事象だけ (例: file、file.write)
cli-arg-hostile = 敵対的と判断したプロセスの操作だけ
cli-arg-statement = 表 events に対する SQL 文。列の一覧は `describe events` で表示されます
cli-arg-type = 出力形式: { $kinds }
cli-arg-affected = 対象の識別子またはホスト上のパス。一致するものがなければ、識別子にこの文字列を含むすべての対象
cli-arg-object = パスにこの文字列を含む対象だけを、操作ごとの証拠とともに表示します
cli-arg-log = 検査する証拠保全ログ。省略時は案件のもの
cli-arg-checkpoint = 照合する署名付きチェックポイント。省略時は案件のもの
cli-arg-public-key = 公開鍵。省略時は案件のもの

cli-investigate-about = まとめて実行: 取り込み、読み取り、検出、計画、報告。--approve で復元と検証も行います
cli-investigate-example =
    例:
      yobitsugi investigate /evidence --backup restic:/backup/host --password-file pw

    --approve を付けなければ計画まで進めて止まり、次に使うコマンドを示します。
    --case を省略すると、ここに yobitsugi-case-時刻 という新しいディレクトリを作ります。
cli-intake-about = 証拠を案件に取り込みます。最初に読むときにハッシュ値を取り、変更せずに保管します
cli-intake-example =
    例:
      yobitsugi intake --case CASE /var/log/audit /evidence/pods.tar.zst
cli-read-about = 証拠を解析し、事象を保存します
cli-read-example =
    例:
      yobitsugi read --case CASE
cli-containers-about = ランタイムの状態からわかるコンテナを、権限とマウントとともに示します
cli-containers-example =
    例:
      yobitsugi containers --case CASE
cli-coverage-about = 証拠をどこまで読めたか、どこが見えないかを示します
cli-coverage-example =
    例:
      yobitsugi coverage --case CASE
cli-detect-about = コンテナ境界の越境、インシデント、変更されたデータを見つけます
cli-detect-example =
    例:
      yobitsugi detect --case CASE
cli-timeline-about = 事象を時刻順に示します
cli-timeline-example =
    例:
      yobitsugi timeline --case CASE --hostile --path /etc/cron.d
      yobitsugi timeline --case CASE -t timesketch > web-01.jsonl
cli-query-about = 事象を SQL で検索します。何も変更しません
cli-query-example =
    例:
      yobitsugi query --case CASE "SELECT time, comm, object FROM events WHERE object_host_path LIKE '/etc/%'"

    列の一覧: yobitsugi query --case CASE "describe events"
    列のない事実: fact(body, 'name')
cli-scope-about = 影響を受けた対象、またはその一つの証拠を示します
cli-scope-example =
    例:
      yobitsugi scope --case CASE /etc/cron.d/updater
cli-scope-why-about = 影響を受けた対象の根拠を、記録ごとにたどって示します
cli-scope-why-example =
    例:
      yobitsugi scope why /etc/cron.d/updater --case CASE
cli-plan-about = 正常な版を探し、何が復元されるかを示します。何も変更しません
cli-plan-example =
    例:
      yobitsugi plan --case CASE --backup restic:/backup/host --password-file pw --take-clean /srv/data/app.conf
cli-approve-about = 計画をそのままの内容で承認します
cli-approve-example =
    例:
      yobitsugi approve --case CASE --by "佐藤"
cli-restore-about = 承認済みの計画を復元先で実行します。どの手順も元に戻せます
cli-restore-example =
    例:
      yobitsugi restore --case CASE --password-file pw --target /mnt/host
cli-undo-about = 復元を取り消します。全部でも、手順ごとでもできます
cli-undo-example =
    例:
      yobitsugi undo --case CASE --target /mnt/host --step 3
cli-verify-about = 復元したものを段階ごとに証明します
cli-verify-example =
    例:
      yobitsugi verify --case CASE --password-file pw --target /mnt/host
cli-report-about = 報告書を英語と日本語で書き出します
cli-report-example =
    例:
      yobitsugi report --case CASE --out /media/usb
cli-case-about = 案件を作ります
cli-case-new-about = 案件のディレクトリを証拠保全ログとともに作ります
cli-case-new-example =
    例:
      yobitsugi case new web-01 --backup restic:/backup/host --offset +09:00
cli-custody-about = 証拠保全ログを検査または表示します
cli-custody-verify-about = 証拠保全ログを検査します。ログ、チェックポイント、公開鍵だけで行えます
cli-custody-verify-example =
    例:
      yobitsugi custody verify --log custody.log --checkpoint checkpoint --public-key custody.pub
cli-custody-show-about = 証拠保全ログの記載を表示します
cli-custody-show-example =
    例:
      yobitsugi custody show --case CASE

## コマンドラインが伝えること

cli-error = エラー:
cli-next = 次の手順:
cli-warning = 警告:
cli-not-recorded = この閲覧は記録に残せませんでした: { $detail }
cli-case-made = 案件 { $path } を作りました。
cli-case-used = 案件: { $path }
cli-keep-checkpoint = この署名付きチェックポイントの控えを案件の外に保管してください。後で何も変えられていないことの証拠になります:
cli-cannot-tell = 判断できません: { $check }。足りないもの: { $missing }
cli-finding-grouped = 事象 { $count } 件 (最後は { $time })
cli-no-findings = この証拠からはコンテナ境界の越境は見つかりませんでした。判断できなかった点は `yobitsugi coverage` で確認できます。
cli-query-rows = { $count } 行
cli-why-crossing = 境界を越えました: { $check } ({ $outcome })
cli-why-process = プロセス { $comm } (pid { $pid }) は敵対的です。{ $reason } ({ $certainty })
cli-why-act = 対象への操作: { $operation }
cli-why-read = 対象を読み取りました。
cli-why-read-touched = 敵対的でないプロセスが、変更された { $object } を読み取りました。
cli-why-wrote-after = その { $delay } ミリ秒後に、この対象へ書き込みました。
cli-why-as-shown = 記録は手順 { $number } と同じです。
cli-why-no-records = 根拠となる記録は、もう読み取れません。
cli-why-more-records = … この事象には記録があと { $count } 件あります
cli-scope-touched = 変更された対象 ({ $count })
cli-scope-transient = 作られた後に消されたもの ({ $count })
cli-scope-settings = カーネルの設定 ({ $count })
cli-scope-exposed = 露出した対象 ({ $count })
cli-scope-derived = 派生した対象 (順位付き) ({ $count })
cli-scope-used = その後 { $identity } として、新しい場所から { $count } 回使われました
cli-scope-empty = 影響を受けた対象はありません。
cli-plan-title = 計画 { $plan }: 手順 { $steps } 件、復元しない対象 { $left } 件
cli-plan-limit = 最初の敵対的な操作: { $first }。{ $clean } より前に保存されたものだけを正常とみなします。
cli-plan-loss = 「損失の幅」は、最初の敵対的な操作までのうち、正常なスナップショットに変更が残っていない時間です。
cli-plan-source = { $source } のスナップショット { $snapshot } から (保存時刻 { $time }、根拠: { $origin })。損失の幅 { $age }
cli-plan-where = バックアップ元
cli-plan-not-restored = 復元しないもの
cli-plan-conflicts = 競合に決着をつけるには、--take-clean PATH (正常な版に戻す。今の内容は隔離して残ります) または --keep-live PATH (今のまま残す) を付けて計画を作り直してください。
cli-plan-next = まだ何も変更していません。この計画に同意する場合: yobitsugi approve
cli-approved = 計画 { $plan } を { $by } が { $time } に承認しました。
cli-approve-next = まだ何も変更していません。実行する場合: yobitsugi restore --target DIR
cli-restore-next = 証明する場合: yobitsugi verify。取り消す場合: yobitsugi undo
cli-state-done = 完了
cli-state-already_right = 変更不要
cli-state-refused = 拒否
cli-state-failed = 失敗
cli-state-undone = 取り消し済み
cli-undo-refused = 手順 { $step } は取り消していません: { $reason } ({ $detail })
cli-verified = 検証済み
cli-not-verified = 未検証
cli-custody-good = 証拠保全ログに欠けや改変はありません: 署名済みの記載 { $entries } 件、ルート { $root }
cli-custody-unsealed = チェックポイントより後の記載が { $count } 件あります。順序は正しいものの、まだ署名されていません。
cli-custody-unfinished = 始まったまま終わりの記録がない行為が { $count } 件あります。プロセスが途中で落ちています。
cli-custody-torn = クラッシュで途切れた行が { $count } 行あります。
cli-custody-clock = 直前の記載より前の時刻を持つ記載が { $count } 件あります。時計が戻っています。
cli-custody-own-key = 案件内の鍵とチェックポイントで検査しました。すべて差し替えられる事態に備えるには、別に保管した控えで検査してください。
cli-containers-none = 証拠にコンテナランタイムの状態は含まれていません。/var/lib/docker、/var/lib/containerd、/var/lib/containers のいずれかを渡してください。
cli-containers-privileged = 特権
cli-column-container = コンテナ
cli-column-name = 名前
cli-column-image = イメージ
cli-column-privileges = 権限
cli-column-mounts = マウント
cli-column-started = 開始
cli-column-bytes = バイト数
cli-column-sources = 中の証拠
cli-column-file = ファイル
cli-column-source = 証拠
cli-column-format = 形式
cli-column-first = 最初 (UTC)
cli-column-last = 最後
cli-column-records = 記録
cli-column-problems = 問題
cli-column-gaps = 番号の欠落
cli-column-drops = 取りこぼし
cli-coverage-heading = 証拠の範囲
cli-coverage-unread = ほかに { $count } 個のファイルがありますが、既知のログ形式ではありません。coverage.json に記載があります。
cli-column-joined = 重複
cli-column-host = ホスト
cli-column-events = 事象
cli-column-clock = 時計
cli-known-stated = 指定
cli-known-shared = 共通の事象から
cli-known-assumed = 推定
cli-known-reference = 基準
cli-known-not_shared = 不明
cli-clock-years = { $years } 年
cli-unmapped = 証拠 { $number } には、どの事象にも現れない項目があります: { $names }
cli-unit-days = { $count } 日
cli-unit-hours = { $count } 時間
cli-unit-minutes = { $count } 分
cli-unit-seconds = { $count } 秒
cli-unit-milliseconds = { $count } ミリ秒

## 次に使うコマンド

cli-next-heading = さらに調べるには:
cli-next-coverage = 証拠から判断できなかった点
cli-next-scope = 影響を受けた対象と、それぞれの証拠
cli-next-timeline = 敵対的なプロセスの操作を時刻順に
cli-next-plan = バックアップからの復元を計画する
cli-next-show-plan = 計画: 何がどこから復元されるか
cli-next-approve = この計画をそのまま承認する
cli-next-restore = 実行する (どの手順も取り消せます)
cli-next-verify = 証明する
cli-next-undo = 復元を取り消す
cli-next-custody = 証拠保全ログを検査する

## 段階

stage-intake = 証拠の取り込み
stage-read = ログの読み取り
stage-normalise = プロセスと場所の特定
stage-detect = 越境の検出
stage-catalogue = 正常な版の検索
stage-restore = 復元
stage-verify = 検証
stage-report = 報告書の作成
