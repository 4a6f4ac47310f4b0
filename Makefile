# `make demo` and `make test` set up what they need on a bare Debian or Ubuntu machine with Rust.
.PHONY: help demo test lab bench fmt
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z]*\): ## \(.*\)/  make \1	\2/p' Makefile | expand -t 14

demo: ## Investigate a recorded escape and restore its data, offline, without root
	@scripts/demo.sh

test: ## Set up what the tests need, and run everything that continuous integration runs
	@scripts/test.sh

lab: ## Record escapes on this machine now and judge the answers (root, auditd, runc)
	@scripts/lab.sh

bench: ## Measure the speed of reading, beside DuckDB, Polars, jq and the formats' own tools
	@scripts/bench.sh

fmt: ## Format the code
	@cargo fmt --all
