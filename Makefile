# The front door. Each command sets up what it needs by itself; CONTRIBUTING.md says more.
PYTHON := .venv/bin/python

.PHONY: help setup demo test view lint docs constraints

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile

setup: ## Make .venv and install everything into it
	@sh tools/setup.sh

demo: setup ## Run the whole loop once and leave a folder of results with a picture
	@.venv/bin/abm demo

test: setup ## Run every test (some of them: make test ARGS=tests/test_books.py)
	@$(PYTHON) -m pytest $(ARGS)

view: setup ## Open the live page on this machine
	@.venv/bin/abm view

lint: setup ## Put the code into its standard form and check it
	@$(PYTHON) -m ruff check --fix . && $(PYTHON) -m ruff format .

docs: setup ## Write anew the pages that are read off the code, and the README's picture
	@$(PYTHON) -m experiments.docs
	@.venv/bin/abm demo --quiet && cp results/demo/loop.png docs/pictures/loop.png

constraints: ## Pin the libraries anew (needs uv)
	@uv pip compile pyproject.toml --all-extras --group test --universal --no-emit-index-url \
		--no-annotate --no-header --upgrade --quiet --output-file constraints.txt
