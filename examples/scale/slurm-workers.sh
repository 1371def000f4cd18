#!/bin/bash
# Workers at a queue, one a job of a Slurm array; they join when the cluster has room, and leave when the run is over.
#   heatproof run CONFIG --queue redis://HOST:6379        (on the node that keeps the results)
#   sbatch --array=1-100%20 slurm-workers.sh redis://HOST:6379
# The password stands in HEATPROOF_QUEUE_PASSWORD, which Slurm hands on.
#SBATCH --job-name=heatproof-work
#SBATCH --cpus-per-task=8
#SBATCH --mem-per-cpu=1G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@180
#SBATCH --open-mode=append
set -euo pipefail

# Three minutes before the end the worker is told: it gives back what it has not begun. It takes the place of this shell, to which
# the signal goes; srun would end it at once instead.
exec heatproof work --queue "$1" --workers "${SLURM_CPUS_PER_TASK:-1}" --wait 3600
