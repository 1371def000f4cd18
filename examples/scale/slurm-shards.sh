#!/bin/bash
# A run in shards, one a job of a Slurm array; what a job did not finish in its time it goes on with when it is queued again.
#   sbatch --array=1-8 slurm-shards.sh CONFIG OUT
#   sbatch --dependency=afterok:JOB --kill-on-invalid-dep=yes --wrap 'heatproof merge OUT/shard-* --out OUT/whole'
# Where a job has failed, both again do what is missing.
#SBATCH --job-name=heatproof
#SBATCH --cpus-per-task=8
#SBATCH --mem-per-cpu=1G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@180
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
config=$1 shard=$2/shard-$SLURM_ARRAY_TASK_ID

# Slurm starts a job again when it has ended; a node that died has left its lock.
[ "${SLURM_RESTART_COUNT:-0}" = 0 ] || rm -f "$shard"/run.lock.*

heatproof run "$config" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
  --out "$shard" --workers "${SLURM_CPUS_PER_TASK:-1}" --resume &
run=$!

# Three minutes before the end: the images in hand are finished, and the job is queued again.
again() {
  kill -TERM "$run"
  wait "$run" || true
  exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
}
trap again TERM
wait "$run"
