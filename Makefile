# The project's commands. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
RELAY := $(BIN)/python -m cli
EFFORT ?= 1

.DEFAULT_GOAL := help
.PHONY: help run smoke invoke test bench chaos soak check scan lint types contracts format docs hosts lock sam dynamodb clients clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: ## Run the whole relay on this machine and post the sample events (ARGS=--no-samples, RELAY_PORT=…)
	@$(PYTHON) cli/bootstrap.py run && exec $(RELAY) run $(ARGS)

smoke: ## The same once: succeeds only if every sample event was delivered as expected
	@$(PYTHON) cli/bootstrap.py run && exec $(RELAY) smoke $(ARGS)

invoke: ## One function with one sample event: make invoke FUNCTION=sender EVENT=events/sender/identify.json
	@$(PYTHON) cli/bootstrap.py run && exec $(RELAY) invoke "$(FUNCTION)" "$(EVENT)" $(ARGS)

test: ## All tests that need no AWS account (EFFORT=10: those that draw at random look ten times as long)
	@$(PYTHON) cli/bootstrap.py dev && \
		EFFORT=$(EFFORT) exec $(BIN)/python -m pytest -n auto --cov --cov-report=term $(ARGS)

bench: ## Measurements as JSON lines (BENCH=name for one of them)
	@$(PYTHON) cli/bootstrap.py dev && exec $(RELAY) bench $(BENCH)

chaos: ## Faults in the whole relay, 5,000 events each (ARGS="--fault 504 --events 500 --seed 2")
	@$(PYTHON) cli/bootstrap.py dev && exec $(RELAY) chaos $(ARGS)

soak: ## Events at a rate with 1 % faults, for minutes (ARGS="--minutes 60 --rate 40 --faults 0.02 --seed 2")
	@$(PYTHON) cli/bootstrap.py dev && exec $(RELAY) soak $(ARGS)

check: lint types contracts ## Lint, types and import contracts

lint:
	@$(PYTHON) cli/bootstrap.py dev && $(BIN)/ruff check . && $(BIN)/ruff format --check .

types:
	@$(PYTHON) cli/bootstrap.py dev && $(BIN)/mypy

contracts:
	@$(PYTHON) cli/bootstrap.py dev && $(BIN)/lint-imports

SCAN := .venv-scan/bin

scan: ## Checks that bring their rules with them: bandit, cfn-lint, checkov (exceptions: .checkov.yaml)
	@$(PYTHON) cli/bootstrap.py scan
	@$(SCAN)/bandit --quiet --recursive --severity-level medium functions cli
	@$(SCAN)/cfn-lint template.yaml
	@LOG_LEVEL=ERROR BC_SKIP_MAPPING=TRUE $(SCAN)/checkov --config-file .checkov.yaml

format: ## Format the code and apply safe fixes
	@$(PYTHON) cli/bootstrap.py dev && $(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: ## Write docs/mapping.md and docs/settings.md anew, which are made from the code
	@$(PYTHON) cli/bootstrap.py dev && exec $(RELAY) docs

hosts: ## Find anew which sites have pages of their users (PyPI's sherlock-project, MIT), check the lists of hosts
	@$(PYTHON) cli/bootstrap.py dev
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		$(BIN)/uv pip install --quiet --no-deps --only-binary :all: --python $(BIN)/python --target "$$folder" \
			sherlock-project && \
		PYTHONPATH=functions $(BIN)/python -m cli.shared_hosts "$$folder"

sam: ## Install the SAM CLI into a virtual environment of its own
	@$(PYTHON) cli/bootstrap.py sam

dynamodb: ## Install DynamoDB Local, which tests use where Java and npm are there
	@npm ci --prefix tests/dynamodb --ignore-scripts --no-audit --no-fund --loglevel=error

# Each Python client is a folder of its own: they share module names. One lock each; a copy of it in the folder
# says that all of it is installed.
CLIENTS := tests/clients
PYTHON_CLIENTS := $(patsubst $(CLIENTS)/python/%.txt,%,$(wildcard $(CLIENTS)/python/*.txt))
INSTALLED := $(PYTHON_CLIENTS:%=$(CLIENTS)/.installed/%/lock.txt) $(CLIENTS)/node_modules/lock.json

clients: ## Install the clients and the browser's driver that tests use (npm is needed)
	@$(PYTHON) cli/bootstrap.py dev && $(MAKE) --silent --no-print-directory $(INSTALLED)

$(CLIENTS)/.installed/%/lock.txt: $(CLIENTS)/python/%.txt
	@rm -rf $(@D)
	@$(BIN)/uv pip install --quiet --require-hashes --only-binary :all: --python $(BIN)/python --target $(@D) -r $<
	@cp $< $@

$(CLIENTS)/node_modules/lock.json: $(CLIENTS)/package-lock.json
	@npm ci --prefix $(CLIENTS) --ignore-scripts --no-audit --no-fund --loglevel=error
	@cp $< $@

# Locked for Python 3.11 and newer on any platform; the layer for Lambda's own. Constrained by dev.txt, so that
# what is tested is what is deployed.
LOCK = $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
UNIVERSAL = $(LOCK) --universal --python-version 3.11

lock: ## Resolve the requirements anew (ARGS=--upgrade for newer versions)
	@$(PYTHON) cli/bootstrap.py dev
	$(UNIVERSAL) $(ARGS) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(UNIVERSAL) $(ARGS) requirements/dev.in -o requirements/dev.txt
	$(UNIVERSAL) -c requirements/dev.txt requirements/run.in -o requirements/run.txt
	$(LOCK) --python-version 3.13 --python-platform aarch64-manylinux2014 -c requirements/dev.txt \
		layers/dependencies/requirements.in -o layers/dependencies/requirements.txt
	$(UNIVERSAL) $(ARGS) requirements/sam.in -o requirements/sam.txt
	$(UNIVERSAL) $(ARGS) requirements/scan.in -o requirements/scan.txt
	@for client in $(PYTHON_CLIENTS); do \
		echo "$${client%-*}==$${client##*-}" | $(UNIVERSAL) $(ARGS) - -o $(CLIENTS)/python/$$client.txt || exit 1; \
	done

clean: ## Remove what the commands above have made
	rm -rf .venv .venv-sam .venv-scan .aws-sam .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		tests/dynamodb/node_modules tests/clients/node_modules tests/clients/.installed
