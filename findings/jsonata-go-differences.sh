#!/bin/sh
# The Infinity data source of Grafana (3.11) evaluates JSONata with github.com/xiatechs/jsonata-go.
# Three expressions have other results than in the reference implementation, the npm package jsonata:
#   $toMillis of a time with a numeric offset is midnight UTC of that day;
#   of two indices in a row, the second is lost;
#   a chain (~>) fails for the second row: its function is called with an argument too many.
# Installs both, pinned, in a temporary folder. Fails if a result is no longer as described.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT
cd "$folder"

cat > input.json <<'JSON'
{
  "time": "2026-01-31T10:20:30+02:00",
  "lists": [[1, 2], [3, 4]],
  "rows": [{ "name": "a-b" }, { "name": "c-d" }]
}
JSON
cat > expressions.json <<'JSON'
[
  "$toMillis(time)",
  "lists[1][0]",
  "rows.(name ~> $replace(\"-\", \"+\"))"
]
JSON

cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	jsonata "github.com/xiatechs/jsonata-go"
)

func main() {
	text, _ := os.ReadFile("expressions.json")
	var expressions []string
	json.Unmarshal(text, &expressions)
	text, _ = os.ReadFile("input.json")
	var input interface{}
	json.Unmarshal(text, &input)
	for _, expression := range expressions {
		compiled, err := jsonata.Compile(expression)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		result, err := compiled.Eval(input)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		shown, _ := json.Marshal(result)
		fmt.Println(string(shown))
	}
}
GO

cat > main.mjs <<'JS'
import { readFileSync } from 'node:fs';
import jsonata from 'jsonata';

const read = (name) => JSON.parse(readFileSync(name, 'utf8'));
for (const expression of read('expressions.json')) {
  console.log(JSON.stringify(await jsonata(expression).evaluate(read('input.json'))));
}
JS

{
  npm init -y
  npm install --no-audit --no-fund jsonata@2.1.0
  go mod init example
  go get github.com/xiatechs/jsonata-go@v1.8.8
  go mod tidy
} > install.log 2>&1 || { cat install.log; exit 1; }

echo "reference: npm jsonata $(node -p 'require("jsonata/package.json").version')"
node main.mjs | tee reference.txt
echo "Go: $(go list -m github.com/xiatechs/jsonata-go)"
go run . | tee go.txt

cat > reference.expected <<'TEXT'
1769847630000
3
["a+b","c+d"]
TEXT
cat > go.expected <<'TEXT'
1769817600000
[3,4]
TEXT
diff reference.expected reference.txt
head -n 2 go.txt | diff go.expected -
sed -n 3p go.txt | grep -q '^error:'
echo 'as described'
