#!/bin/bash
# Grading on a Slurm cluster: sbatch docs/examples/slurm-grading.sh, in the folder of the kit, on a shared file system.
# One node coordinates and writes the gradebook, the others only grade. Every node needs bubblewrap.
#SBATCH --job-name=grading
#SBATCH --nodes=3
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem-per-cpu=2G
#SBATCH --time=01:00:00
#SBATCH --output=grading-%j.log
set -euo pipefail

source .venv/bin/activate
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
# Only the owner may read the scheduler's address; for a network that others share, add TLS (docs/clusters.md).
umask 077
scheduler="$PWD/scheduler-$SLURM_JOB_ID.json"
trap 'kill %1 %2 2>/dev/null || true; rm -f "$scheduler"' EXIT

dask scheduler --scheduler-file "$scheduler" --no-dashboard &
until [ -s "$scheduler" ]; do sleep 1; done

# One worker process for each core, one thread in each; its nanny starts it anew if it dies. The cores are named again
# because srun does not take them over from sbatch since Slurm 22.05.
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" dask worker --scheduler-file "$scheduler" --no-dashboard \
  --local-directory "${TMPDIR:-/tmp}" --nworkers "$SLURM_CPUS_PER_TASK" --nthreads 1 --memory-limit 0 --death-timeout 60 &

course grade hw_sampler --dask "$scheduler" --json "marks-$SLURM_JOB_ID.json"
