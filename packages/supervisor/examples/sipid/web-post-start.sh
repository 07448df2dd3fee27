#!/usr/bin/env bash
# Fails unless the job "web" is healthy within two minutes. A private certificate authority is named with --ca.
set -e

URL="${URL:-https://127.0.0.1:58074/healthcheck}"

sipid wait-until-healthy --url "$URL" --timeout 2m --polling-frequency 1s ${CA:+--ca "$CA"}
