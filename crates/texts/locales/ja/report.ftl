unknown = 不明
