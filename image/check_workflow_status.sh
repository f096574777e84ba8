#!/bin/sh
# Whether a success of TARGET is at most SECONDS old: 0 yes, 1 no, 2 nobody can say.
# For Workflows that have always called their check container like this; `depgen check` can do more.
if [ "$#" -ne 2 ]; then
    echo "usage: check_workflow_status.sh TARGET SECONDS" >&2
    exit 2
fi
exec depgen check --within "$2" -- "$1"
