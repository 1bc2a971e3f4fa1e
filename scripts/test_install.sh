#!/bin/bash
# Install a distribution into an empty environment and use it there: test_install.sh WHEEL|SDIST
# First as it is, which must run a search natively, then with what it names for Spark.
set -euo pipefail
distribution=$(realpath "$1")
scripts=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pip() { "$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

echo "tenfold: installing $(basename "$distribution") into an empty environment"
"$scripts/make_venv.sh" "$folder/env"
cd "$folder"  # so that no sources are imported
pip "$distribution"
env/bin/python "$scripts/check_install.py"
pip "$distribution[spark]"
env/bin/python -c 'from spark_sklearn import Converter, GridSearchCV, KeyedEstimator, gapply'
echo "tenfold: $(basename "$distribution") works"
