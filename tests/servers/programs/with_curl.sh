#!/bin/sh
# A shell client as people write it: the vendor's host is written into it.
set -e
answer=$(curl -sS https://modelslab.com/api/v6/realtime/text2img -H 'Content-Type: application/json' \
  -d '{"key": "k", "prompt": "a fox", "width": 64, "height": 64}')
link=$(printf '%s' "$answer" | sed 's/.*"output":\["\([^"]*\)".*/\1/; s/\\//g')
curl -sS -o "$1" "$link"
