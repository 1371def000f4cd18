#!/bin/bash
# A run in shards over the hosts of a list, one name a line, by ssh. All see CONFIG and OUT at the same path.
#   hosts.sh HOSTS CONFIG OUT
set -euo pipefail
mapfile -t hosts < "$1"
config=$(realpath "$2") out=$(realpath -m "$3")

runs=() shards=()
for i in "${!hosts[@]}"; do
  shard="$out/shard-$((i + 1))"
  command=(heatproof run "$config" --shard "$((i + 1))/${#hosts[@]}" --out "$shard" --resume)
  # BatchMode: a host that asks for a password fails at once. Without -t there is no terminal.
  ssh -o BatchMode=yes "${hosts[i]}" "$(printf '%q ' "${command[@]}")" &
  runs+=("$!") shards+=("$shard")
done

# Every host is waited for; one that failed has said why, and the same command goes on with what it lacks.
failed=0
for run in "${runs[@]}"; do wait "$run" || failed=1; done
[ "$failed" = 0 ] && exec heatproof merge "${shards[@]}" --out "$out/whole"
exit 1
