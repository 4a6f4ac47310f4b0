# Texts of the command line: help, progress, results. Keys start with cli-.

cli-language-help = Language of all texts: en or ja. By default the language of the environment (LC_ALL, LC_MESSAGES, LANG).
