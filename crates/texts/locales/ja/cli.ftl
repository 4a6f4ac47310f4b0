# コマンドラインの文: ヘルプ、進捗、結果。キーは cli- で始まる。

cli-language-help = 表示する言語 (en または ja)。省略すると環境変数 (LC_ALL、LC_MESSAGES、LANG) に従います。
