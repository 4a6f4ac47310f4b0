# Rules of others: what they found, and why one was not loaded. Facts: rule, level, path; detail = the part that is wrong.

check-falco_rule = Falco ルールへの一致
check-falco_rule-text = { noun-container } の{ noun-process }について、Falco のルール{ noun-rule }が成立します{ noun-first-path }。
check-falco_rule-settle = ルールの作者がこのような操作を想定していたかどうか。成立する理由は `yobitsugi rules run --explain EVENT` で確認できます。

check-sigma_rule = Sigma ルールへの一致
check-sigma_rule-text = { noun-container } の{ noun-process }について、Sigma のルール{ noun-rule }が成立します{ noun-first-path }。
check-sigma_rule-settle = ルールの作者がこのような操作を想定していたかどうか。成立する理由は `yobitsugi rules run --explain EVENT` で確認できます。

noun-first-path = { $path_known ->
    [no] { "" }
   *[yes] { "" } (最初のパス: { $path })
}

rule-fault-not-yaml = YAML ではありません: { $detail }
rule-fault-too-large = 上限を超えています: { $detail }
rule-fault-too-deep = 入れ子が深すぎます: { $detail }
rule-fault-no-rule = ルール、マクロ、リストのいずれでもありません: { $detail }
rule-fault-missing = 必要な項目がありません: { $detail }
rule-fault-bad-value = 値の形が正しくありません: { $detail }
rule-fault-syntax = 条件を読み取れません: { $detail }
rule-fault-unknown-field = このようなフィールドはありません: { $detail }
rule-fault-unknown-macro = この名前のマクロは、使われる前に定義されていません: { $detail }
rule-fault-unknown-source = この種のイベントを持つログは、ここでは読み取れません: { $detail }
rule-fault-nothing-to-append = 変更の対象となる、この名前のものがありません: { $detail }
rule-fault-bad-exception = 例外の形が合いません: { $detail }
rule-fault-bad-pattern = 正規表現を使用できません: { $detail }
rule-fault-unknown-modifier = このような修飾子はないか、ここでは使えません: { $detail }
rule-fault-unknown-search = 条件が、ルールにない検索名を参照しています: { $detail }
rule-fault-placeholder = プレースホルダーの値が与えられていません: { $detail }
rule-fault-unknown-rule = 相関の対象となるルールが読み込まれていません: { $detail }

cli-heading-rules = 他者のルール
cli-arg-falco-rules = Falco のルール。ファイル、または .yaml と .yml のファイルがあるディレクトリ。繰り返し指定でき、後のファイルが前の定義を変更します
cli-arg-sigma-rules = Sigma のルール。ファイル、または .yaml と .yml のファイルがあるディレクトリ。繰り返し指定できます
cli-arg-rules = ルールのファイルまたはディレクトリ。リスト形式なら Falco、それ以外は Sigma とみなします
cli-arg-explain = このイベントについて、各ルールが成立する理由、または判断に足りないものを示します
cli-arg-rule = この名前のルールだけ。繰り返し指定できます
cli-rules-about = 他者の検知ルール (Falco、Sigma) を、保存済みのイベントに対して実行します
cli-rules-check-about = ルールを読み込み、読み込めなかったものとその理由、案件の情報源が答えられるフィールドを示します
cli-rules-check-example =
    例:
      yobitsugi rules check ./falco-rules ./sigma/rules/linux --case CASE

    案件がなければ読み込みだけを行います。読み込めないルールがあれば終了コードは 3 です。
cli-rules-run-about = 保存済みのイベントに対してルールを実行し、一致を示します
cli-rules-run-example =
    例:
      yobitsugi rules run --case CASE --falco-rules falco_rules.yaml --sigma-rules ./sigma/rules/linux
      yobitsugi rules run --case CASE --falco-rules falco_rules.yaml --explain 0123456789abcdef:4096.0

    表はルール、ホスト、コンテナごとに 1 行、-t jsonl は一致ごとに 1 行です。
    `yobitsugi detect --falco-rules …` では、一致が検知結果に加わります。
cli-rules-loaded = 読み込んだルール: { $count } 件、読み込めなかったもの: { $faults } 件
cli-rules-more-faults = ほかに { $count } 件を読み込めませんでした。すべての一覧は `yobitsugi rules check` で確認できます。
cli-rules-none-matched = { $count } 件のイベントのどれにも、成立するルールはありません。
cli-rules-matched = { $count } 件のイベントを調べました。
cli-rules-open-heading = 判断できないルール
cli-rules-open = { $rule }: イベント { $count } 件。不足: { $missing }
cli-rules-of-source = { $source }: すべてのフィールドに答えられます
cli-rules-of-source-missing = { $source }: 答えられないフィールド: { $missing }
cli-rules-of-source-sometimes = { $source }: 答えられない場合があるフィールド: { $missing }
cli-rules-of-no-source = このルールの対象になりうるイベントは案件にありません
cli-rules-switched-off = 無効
cli-rules-no-event = このイベントは案件にありません。
cli-rules-no-answer = このイベントで成立するルールも、判断できないルールもありません。
cli-rules-not-carried = (情報源にありません)
cli-rules-no-value = (値なし)
cli-rules-yes = はい
cli-rules-no = いいえ
cli-rules-cannot-tell = 判断できません
cli-rules-heading-rule = ルール
cli-rules-heading-level = 重大度
cli-rules-heading-host = ホスト
cli-rules-heading-container = コンテナ
cli-rules-heading-count = イベント数
cli-rules-heading-first = 最初
cli-rules-heading-last = 最後
cli-rules-heading-example = イベント
next-check-rules = ファイルの数を減らすか、ディレクトリを一つずつ指定してください。各ファイルの内容は `yobitsugi rules check` で確認できます。
