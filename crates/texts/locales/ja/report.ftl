# 報告書と、コマンドラインに表示する要約。

unknown = 不明

## 文書全体

report-title = コンテナエスケープ 調査・復元報告書
report-title-case = 案件
report-title-hosts = ホスト
report-title-period = 証拠の対象期間
report-title-zone = 時刻の表記
report-zone-utc = UTC (協定世界時)
report-zone-both = UTC (協定世界時) と現地時刻 ({ $zone }) の併記
report-contents = 目次
report-footer-data = この報告書の元になったデータの SHA-256:
report-footer-how = 下の一覧全体のハッシュ値です。案件ディレクトリで同じファイルを同じ順に `sha256sum` にかけ、その出力をもう一度 `sha256sum` にかけると同じ値になります。

## 章の見出し

report-section-summary = 概要
report-section-coverage = 証拠の網羅性と空白
report-section-timeline = 時系列
report-section-boundary = 越境の経路
report-section-containers = コンテナ
report-section-processes = 境界をまたぐプロセス
report-section-scope = 影響範囲
report-section-secrets = 交換が必要な秘密情報
report-section-plan = 復元計画
report-section-not-restored = 復元しない対象
report-section-receipts = 実施記録
report-section-verification = 検証
report-section-evidence = 証拠一覧
report-section-custody = 証拠保全ログ
report-section-sign-off = 署名
report-section-glossary = 用語
report-section-cited = 引用した証拠

## 概要の数値

report-figure-incidents = インシデント
report-figure-crossings = 成功した越境
report-figure-touched = 変更された対象
report-figure-restored = 完了した復元手順
report-figure-verified = 検証済みの対象
report-figure-not-restored = 復元しない対象
report-figure-secrets = 交換が必要な秘密情報
report-figure-blind = 空白時間帯
report-legend-observed = 記録に明記されています。
report-legend-inferred = 記録から、併記した規則によって導いたものです。
report-legend-possible = 空白時間帯にあたり、証拠では肯定も否定もできません。
report-warning = 注意

## 文中で使う語句

report-list-separator = 、
report-unit-separator = { " " }
report-unit-days = { $count } 日
report-unit-hours = { $count } 時間
report-unit-minutes = { $count } 分
report-unit-seconds = { $count } 秒
report-period-between = { $from } ～ { $to }
report-period-since = { $from } から、証拠の終わりより後まで
report-period-until = 証拠の始まりより前から { $to } まで
report-period-whole = 証拠の対象期間全体
report-missing = 不足しているもの: { $words }
report-confidence = 確信度 { $confidence }/100
report-finding-grouped = この検知結果は { $count } 件の事象 ({ $period }) をまとめたものです。最初の { $cited } 件を { $file } に示しています。
report-more-rows = ほかに { $count } 件あります ({ $file } を参照)。
report-bytes = { $count } バイト
report-incident-heading = インシデント { $number }
report-blind-window = 空白時間帯

## 経過の要約: コマンドラインにも表示する

report-story-evidence = 受け取った証拠
report-story-files = 証拠ファイル { $files } 件、記録 { $records } 件。
report-story-period = 対象期間: { $period }{ $host_known ->
    [no] { "" }
   *[yes] { "" } (ホスト { $host })
}
report-story-problems = 完全には読み取れない箇所が { $count } か所あります。位置はすべて記録しています。
report-story-crossing = 越境の時刻と方法
report-story-no-incident = この証拠からは、コンテナ境界の越境は見つかりませんでした。越境がなかったことの証明ではありません。「分かっていないこと」を併せてご確認ください。
report-story-incident = { $host_known ->
    [no] { "" }
   *[yes] ホスト { $host } の
}{ noun-container } からの越境: { $period }
report-story-incident-api = Kubernetes API を通じた、利用者 { $user } による操作: { $period }
report-story-crossing-line = { $time } UTC: { $text }
report-story-touched = 変更されたデータ
report-story-no-scope = 影響を受けた対象は確認されていません。
report-story-touched-count = { $count ->
    [0] ホスト上の対象の変更は確認されていません。
   *[other] 敵対的なプロセスにより { $count } 件の対象が変更されました:
}
report-story-object = { $path } ({ $words })
report-story-objects = { $path }: { $count } 件 ({ $words })
report-story-transient = 一時的に作成され、すでに消えたファイルが { $count } 件あります。
report-story-settings = カーネルの設定が { $count } 件変更されました。担当者が元に戻す必要があります。
report-story-derived = 正規のプロセスが変更後のデータを読んでから書いた対象が { $count } 件あり、影響が及んでいる可能性があります。
report-story-exposed = { $count } 件の対象が読み取り用に開かれました。
report-story-secrets = そのうち { $count } 件は秘密情報であり、交換が必要です。
report-story-restore = 復元元
report-story-no-plan = 復元計画はまだありません。
report-story-restore-from = { $count } 件を { $source } のスナップショット { $snapshot } から復元します。
report-story-loss = 最初の敵対的な操作までの最大 { $duration }の間に行われた正規の変更は、これらの版に含まれません。
report-story-quarantine = 攻撃者が作成した { $count } 件は、削除せず証拠として隔離します。
report-story-nothing-to-restore = 復元が必要な対象はありません。
report-story-not-restored = 復元しない対象 { $count } 件: { $reason }
report-story-planned-only = これは計画です。まだ何も変更していません。実行には担当者の承認が必要です。
report-story-approved-only = 計画は承認されています。まだ何も変更していません。
report-story-text = { $text }
report-story-verified = 検証の結果
report-story-receipts = 復元手順 { $count } 件が完了しています。
report-story-receipts-failed = 復元手順 { $count } 件が拒否されたか、失敗しました。
report-story-for-example = 例: { $path }
report-story-no-verdict = 検証はまだ行われていません。
report-story-restored-count = { $count ->
    [0] 復元できたと証明されたものはありません。
   *[other] { $count }件を復元しました。内容とメタデータは正常な版と一致しています（V2以上）。
}
report-story-verified-count = { $count ->
    [0] それより上（V4：周囲との整合）まで証明されたものはありません。人が判断してください。
   *[other] うち{ $count }件は、さらに上（V4：周囲との整合）まで検証済みです。
}
report-story-kept-count = { $count ->
   *[other] 攻撃者が作った{ $count }件は取り除き、そのまま隔離して保存しています。
}
report-story-not-verified = { $count ->
   *[other] 正しいと証明できていないものが{ $count }件あります。
}
report-story-verdict = { $path }: { $words }
report-story-unknown = 分かっていないこと
report-story-blind = { $period }: { $text }
report-story-cannot-tell = 証拠が足りず判断できない検査が { $count } 件あります ({ $words } など)。
report-story-possible = 記録に残っていない変更がありうる箇所が { $count } か所あります。
report-story-unresolved = 変更された対象のうち { $count } 件は、ホスト上のパスが分かっていません。
report-story-crossings-unknown = 成否の分からない越境が { $count } 件あります。
report-story-nothing-unknown = 証拠に空白は見つかりませんでした。ただし、記録の対象外の出来事は分かりません。
report-story-not-examined = 越境の有無は、まだ調べていません。
report-not-known-yet = 未確認
report-story-nothing-read = まだ証拠を読み取っていないため、何も判断できません。
report-story-more = ほか { $count } 件
report-story-report = 報告書の場所
report-story-report-path = { $path }

## 証拠の網羅性と空白

report-coverage-blind = 空白時間帯
report-coverage-no-blind = 証拠に空白時間帯は見つかりませんでした。ただし、もともと記録の対象外だった出来事は、空白としても現れません。
report-coverage-blind-explain = 次の時間帯には、証拠に残っていない出来事があった可能性があります。この報告書の結論は、すべてこの制約を受けます。
report-coverage-lanes = いつ何が記録されていたか
report-coverage-lanes-explain = 証拠とホストごとに、最初の事象から最後の事象までを 1 本の帯で示します。斜線は、欠落・沈黙・停止の部分です。番号の付いた帯はインシデントです。時刻は下の表の時計に従って補正してあり、表は同じ内容を文字で示します。
report-coverage-picture = 各証拠がホストごとに記録していた時間帯と、見えない時間帯、インシデントの図。下の表と同じ内容です
report-coverage-lanes-more = ほかの { $count } 本は下の表にあります。
report-column-events = 事象
report-column-silences = 沈黙
report-column-clock = 時計
report-silences = { $count ->
    [0] { $seconds } 秒を超えるものなし
   *[other] { $seconds } 秒を超えるものが { $count } 回
}
report-silences-not-known = 間隔の数が少なく、通常の間隔が分かりません
report-host-stated = 人の指定による
report-host-shared = このホストの別の証拠と共通の事象による
report-host-assumed = 推定: 証拠に名前のある唯一のホスト
report-basis-utc = UTC の記録。
report-basis-local = 時差の記載がない記録。
report-basis-boot = 起動からの経過時間の記録。
report-basis-unknown = 時刻のない記録。
report-clock-stated = 人の指定により { $offset } を補正。
report-clock-reference = 他の時計の基準。
report-clock-agrees = { $reference } と誤差 { $error } 以内で一致しています (共通の { $shared } 件の事象による)。
report-clock-shared = { $offset } 進んでいます (誤差は最大 { $error }。{ $reference } と共通の { $shared } 件の事象による)。
report-clock-not_shared = { $error_known ->
    [no] 他の時計と共通の事象がなく、そのまま使用。
   *[yes] 不明。他の時計と共通の事象がないため UTC とみなします (誤差は最大 { $error })。
}
report-joined = { $count } 件は他の証拠にある事象の写しで、1 回だけ数えます。
report-unmapped = どの事象にも現れない項目 { $count } 種: { $names }
report-coverage-sources = 証拠ごとの状況
report-coverage-no-sources = 読み取った証拠がありません。
report-coverage-checks = 検査ごとの答え
report-coverage-no-checks = 検査は実行されていません。
report-coverage-checks-explain = 「はい」は検知結果があること、「いいえ」は必要な事象が記録されていて該当がないこと、「判断不能」は必要な事象が記録されていないことを表します。
report-open-start = 証拠の始まりより前
report-open-end = 証拠の終わりより後
report-records-events = 記録 { $records } 件、事象 { $events } 件
report-format-by-person = (担当者が指定)
report-format-none = 形式を認識できません
report-losses-none = なし
report-losses = 通し番号の欠落 { $gaps } か所 (計 { $missing } 個)、申告された取りこぼし { $drops } 件
report-problems-none = なし
report-problem-first = 最初の箇所 (オフセット { $offset }): { $what }

## 時系列

report-timeline-empty = 記載する事象はありません。
report-timeline-explain = インシデントの経過、影響を受けた対象への操作、空白時間帯を時刻順に並べています。角括弧の番号は、末尾の証拠につながります。
report-timeline-act = { $path }: { $words }

## 越境の経路

report-boundary-none = インシデントは見つかりませんでした。コンテナのプロセスがコンテナの外で動いた記録はありません。この答えが及ばない範囲は、「証拠の網羅性と空白」の空白時間帯と、判断不能の検査をご確認ください。
report-boundary-no-crossing = このインシデントについて、個別の越境は記録されていません。
report-boundary-limits = この結論の制約
report-container-confidence = 一連の操作がこのコンテナのものであることの確信度: { $confidence }/100。証拠がどれだけ直接的かの目安であり、確率ではありません。
report-settle = 決着をつけるには: { $text }
report-remove = 取り除くには: { $text }
report-other-findings = その他の検知結果
report-other-findings-explain = 次の検知結果は、上の越境には含まれません。読者の判断のために残しています。

## コンテナ

report-containers-none = 証拠にランタイムの状態がなく、コンテナに関わる所見もありません。
report-containers-how = 証拠を採取した時点で、コンテナランタイムの状態が各コンテナについて示す内容です。根拠となったファイルごとに、読み取り元の証拠の SHA-256 を示します。そのようなファイルがないコンテナについては、事象から分かることだけが記載されています。
report-container-in-findings = 所見あり
report-container-pod = 所属する Pod
report-container-sandbox = Pod のサンドボックス
report-container-pod-uid = Pod の UID
report-container-host = ホスト
report-container-image = イメージ
report-container-digest = ダイジェスト
report-container-config = 設定
report-container-privileged = 特権
report-container-privileged-means = ホストの root にできることがすべて可能
report-container-namespaces = ホストと共有する名前空間
report-container-capabilities = 追加されたケーパビリティ
report-container-devices = ホストのデバイス
report-container-mounts = ホストの重要なディレクトリ
report-container-seccomp = seccomp フィルターなし
report-container-confinement = AppArmor・SELinux による制限なし
report-container-ordinary = 通常のコンテナを超える権限なし
report-container-created = 作成
report-container-started = 起動
report-container-finished = 終了
report-container-running = 証拠の採取時に稼働中
report-container-first-finding = 最初の所見
report-container-last-finding = 最後の所見
report-container-upper = 変更の保存先
report-container-merged = ホストから見えるパス
report-container-driver = ストレージ
report-container-files = 根拠
report-container-by-events = 事象のみ

## プロセス

report-processes-none = 敵対的とみなされるプロセスはありません。
report-processes-explain = 操作を敵対的とみなすプロセスを、起動元の下に並べています。破線はコンテナの境界で、太線がそれを越えています。破線の枠は、推定によるものです。下の表は同じ内容を文字で示します。
report-processes-picture = コンテナの境界をまたぐプロセスの樹形図 (下の表と同じ内容)
report-processes-more = ほか { $count } 件のプロセスは下の表にあります。
report-side-container = コンテナの中
report-side-host = ホスト上

## 影響範囲

report-scope-none = 影響を受けた対象は確認されていません。
report-scope-explain = 「変更」は記録にある直接の操作による正確な一覧です。「派生」「露出」「可能性」はそうではないため、分けて示します。
report-scope-touched = 変更 ({ $count } 件)
report-scope-no-touched = 変更が確認された対象はありません。
report-scope-settings = 変更されたカーネル設定 ({ $count } 件)
report-scope-transient = 作成後に消えたもの ({ $count } 件)
report-scope-derived = 派生 ({ $count } 件)
report-scope-no-derived = 変更されたデータから派生した対象は確認されていません。
report-scope-derived-explain = 正規のプロセスが、変更されたデータを読んだ後に書いた対象です。順位値が大きいほど影響の可能性が高くなります。
report-scope-exposed = 露出 ({ $count } 件)
report-scope-no-exposed = 読み取りが確認された対象はありません。
report-scope-exposed-explain = 敵対的なプロセスが、読み取り可能な方法で開いた対象です。読み取られた情報は取り戻せません。
report-scope-possible = 可能性 ({ $count } 件)
report-scope-no-possible = 記録に残らない変更がありうる箇所は、ほかに確認されていません。
report-scope-possible-explain = 空白時間帯に、敵対的なプロセスの手が届いた可能性のある場所です。
report-renamed-to = 内容の移動先: { $path }
report-renamed-from = 内容の移動元: { $path }
report-later-benign = 後からの正規の操作が { $count } 件あります。復元時に残す必要があるかもしれません。
report-device = デバイス { $device }
report-inode = inode 番号 { $inode }
report-resolved = ホスト上のパスの根拠: { $how } (確信度 { $confidence }/100)
report-not-resolved = ホスト上のパスは特定できませんでした。
report-recorded-as = 記録上のパス: { $path }
report-anywhere = 攻撃者の手が届くあらゆる場所

## 秘密情報

report-secrets-identity = これを使う者は { $identity } として扱われます。
report-secrets-used = 読み取りの後、この名義の要求が新しい場所から { $count } 件ありました。
report-secrets-unknown-use = この証拠からは判断できません。
report-secrets-unused = この名義で新しい場所から来た要求の記録はありません。
report-secrets-none = 読み取りが確認された秘密情報はありません。
report-secrets-explain = 読み取りは元に戻せません。それぞれ新しく発行し、古いものを失効させたうえで、印を付けてください。

## 復元計画

report-plan-none = 復元計画はまだありません。
report-plan-no-steps = 計画に手順はありません。復元できる、または復元が必要な対象がありません。
report-plan-explain = 正常な版とは、保存先の時刻で見て、最初の敵対的な操作 (時計の誤差を差し引いた時刻) より前に保存された最新の版です。最後の列は、その版に含まれない正規の変更の期間です。
report-plan-id = 計画
report-plan-edited = 作成後に書き換えられています
report-plan-first-act = 最初の敵対的な操作
report-plan-clock-error = 考慮した時計の誤差: { $duration } 秒
report-plan-approval = 承認
report-plan-approved-by = 承認者 { $name }、
report-plan-approved-other = 承認はありますが、別の計画に対するものです。
report-plan-not-approved = 未承認です。実行できません。
report-snapshot = スナップショット { $snapshot }
report-no-source-needed = 不要
report-absent-in = スナップショット { $snapshot } には存在しません。保存時刻:
report-stored-says = 時刻の根拠:
report-stored-declared = スナップショット自身の申告: { $time } UTC
report-loss-window = 最初の敵対的な操作までの { $duration }
report-no-loss = なし
report-not-restored-none = 復元が必要な対象には、すべて復元手順があります。

## 実施記録

report-receipts-none = まだ復元は行われていません。実行された手順はありません。

## 検証

report-verification-explain = 復元されたことと検証されたことは別です。最も低い不合格の段階で判定します。「検証済み」には V4 以上、または外部の既知の正しいハッシュ値による V2 が必要です。■ 合格、– 判断不能、× 不合格、□ 未到達。
report-verdicts-none = 検証はまだ行われていません。
report-verified-yes = 検証済み
report-verified-no = 未検証

## 証拠一覧

report-evidence-none = 取り込んだ証拠はありません。
report-also-at = 同一内容の別の場所: { $path }
report-evidence-copied = 案件内に読み取り専用で複製
report-evidence-in-place = 元の場所に保持 (読み取りのたびにハッシュ値を照合)
report-evidence-plain = 単一の証拠 (圧縮・書庫なし)
report-time-modified = 更新
report-time-changed = 状態変更
report-time-taken = 取り込み

## 証拠保全ログ

report-custody-none = この報告書には、証拠保全ログのチェックポイントが渡されていません。
report-custody-entries = ログには { $count } 件の記載があります。
report-custody-explain = チェックポイントと公開鍵は、紙に控えるなど、案件とは別に保管してください。この二つとログがあれば、記載の変更・削除・並べ替えがないことを誰でも `yobitsugi custody verify` で確かめられます。
report-custody-checkpoint = チェックポイント
report-custody-key = 公開鍵

## 署名

report-sign-off-explain = 署名する人は、報告書を読み、自分の担当部分に責任を負います。
report-role-investigator = 調査担当者
report-role-operator = 復元担当者
report-role-approver = 承認者
report-role-owner = データ所有者
report-role-auditor = 監査担当者

## 引用した証拠

report-cited-none = 個別に引用した事象はありません。
report-cited-explain = 角括弧の番号は、それぞれ一つの事象を指します。以下に、その記録が証拠のどこにあるかと、記録そのものを示します。制御文字、文字の方向を変える記号、文字ではないバイトは符号で表しています。
report-cited-many = 引用しきれない事象は、識別子 (証拠のハッシュ値とオフセット) で示しています。
report-cited-no-quote = この事象のバイト列は報告書に渡されていません。識別子は、証拠のハッシュ値の先頭とオフセットを表します。
report-cited-more = この事象の記録は、ほかに { $count } 件あります。
report-address = オフセット { $offset }、長さ { $length } バイト
report-quote-cut = 先頭の { $count } バイトだけを示しています。

## 列の見出し

report-column-from = 開始
report-column-to = 終了
report-column-host = ホスト
report-column-why-blind = 空白の理由
report-column-source = 証拠
report-column-format = 形式
report-column-span = 最初と最後の事象
report-column-records = 記録
report-column-losses = 欠落
report-column-problems = 読み取れない箇所
report-column-check = 検査
report-column-found = 答え
report-column-time = 時刻
report-column-part = 段階
report-column-what = 出来事
report-column-object = 対象
report-column-done = 操作
report-column-existed = 以前の存在
report-column-exists = 以後の存在
report-column-where = 所在
report-column-rank = 順位値
report-column-from-object = 派生元
report-column-settle = 決着のつけ方
report-column-harm = 内容
report-column-do = 対応
report-column-used = その後の利用
report-column-first-read = 最初の読み取り
report-column-below = 場所
report-column-when = 時間帯
report-column-secret = 秘密情報
report-column-replaced = 交換 (担当・日付)
report-column-step = 手順
report-column-action = 動作と理由
report-column-path = パス
report-column-from-source = 復元元
report-column-stored = 保存時刻
report-column-loss = 含まれない期間
report-column-reason = 理由
report-column-next = 次の手順
report-column-result = 結果
report-column-before = 実施前
report-column-after = 実施後
report-column-undo = 取り消し方
report-column-rung = 段階
report-column-verified = 判定
report-column-proof = 検査と根拠
report-column-file = ファイル
report-column-hashes = ハッシュ値
report-column-file-times = 時刻
report-column-contents = 内容
report-column-role = 役割
report-column-name = 氏名
report-column-date = 日付
report-column-signature = 署名
report-column-process = プロセス
report-column-started-by = 起動元
report-column-side = 位置
report-column-why-hostile = 敵対的とみなす理由
report-column-since = 開始時刻
report-column-container = コンテナ
report-column-allowed = 許可されていたこと
report-column-times = 時刻
report-column-stated-by = ストレージと根拠

## 用語

glossary-evidence = 証拠
glossary-evidence-means = 受け取ったバイト列 (ログ、ディスクイメージ、ディレクトリなど)。SHA-256 で識別します。
glossary-record = 記録
glossary-record-means = ログの一件分。証拠の中の位置を伴います。
glossary-event = 事象
glossary-event-means = 共通の形にそろえた事実。いつ、誰が、何に、何をし、結果がどうだったか。
glossary-crossing = 越境
glossary-crossing-means = コンテナのプロセスがコンテナの外に働きかける行為。未遂・成功・判断不能に分けます。
glossary-finding = 検知結果
glossary-finding-means = 検査が事象を引用して下した結論。
glossary-incident = インシデント
glossary-incident-means = 侵入・越境・結果をまとめた、関連する検知結果の集まり。
glossary-scope = 影響範囲
glossary-scope-means = インシデントの影響を受けた対象。変更・派生・露出・可能性に分けます。
glossary-touched = 変更
glossary-touched-means = 敵対的なプロセスが直接変更したと記録されている対象。
glossary-derived = 派生
glossary-derived-means = 正規のプロセスが、変更されたデータを読んだ後に書いた対象。
glossary-exposed = 露出
glossary-exposed-means = 敵対的なプロセスが読み取った、または読み取れる方法で開いた対象。
glossary-possible = 可能性
glossary-possible-means = 空白時間帯に変更された可能性のある対象。
glossary-blind-window = 空白時間帯
glossary-blind-window-means = 証拠が何も語らない時間帯。取りこぼし、番号の欠落、記録の停止、時計のずれなど。
glossary-clean-point = 正常な版
glossary-clean-point-means = 対象ごとに、最初の敵対的な操作 (時計の誤差を差し引く) より前に保存された最新の版。
glossary-plan = 復元計画
glossary-plan-means = 復元の手順を順に並べたもの。実行前に示し、担当者が承認します。
glossary-receipt = 実施記録
glossary-receipt-means = 手順が行ったことの記録。取り消しに必要な情報を含みます。
glossary-verdict = 検証の判定
glossary-verdict-means = 対象がどこまで正しいと証明されたか。V0 から V6 までの段階で示します。
glossary-custody-log = 証拠保全ログ
glossary-custody-log-means = 案件に対するすべての操作の記録。書き換えれば必ず分かる形で残します。
