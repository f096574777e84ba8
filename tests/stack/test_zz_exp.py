import secrets, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from depgen.cluster import client, cron_missed, cron_submit
from depgen.cluster.api import CRON_WORKFLOWS, WORKFLOWS
from tests.stack.workflows import suspend_template
import pytest, sys

def cw(name, deadline):
    spec={"schedules":["* * * * *"],"concurrencyPolicy":"Allow","workflowSpec":{"workflowTemplateRef":{"name":"nap"}}}
    if deadline: spec["startingDeadlineSeconds"]=deadline
    return {"apiVersion":"argoproj.io/v1alpha1","kind":"CronWorkflow","metadata":{"name":name,"labels":{"a":"b"}},"spec":spec}

def test_exp(local, namespace):
    ns=namespace
    c=client.connect(str(local.group.folder/"admin.kubeconfig"))
    ns.apply([suspend_template("nap","1s")])
    ns.apply([cw("with",600), cw("without",0), cw("patched",600)])
    t0=time.time()
    def first(n):
        return lambda: [w["metadata"]["name"] for w in c.list(WORKFLOWS, ns.name) if w["metadata"]["labels"].get("workflows.argoproj.io/cron-workflow")==n]
    ns.wait_for(lambda: all(first(n)() for n in ("with","without","patched")), 80, "first")
    w=next(iter(c.list(WORKFLOWS, ns.name)))
    import json
    print(json.dumps({k:v for k,v in w.items() if k!="status"}, indent=1))
    print(json.dumps(c.get(CRON_WORKFLOWS, ns.name,"with"), indent=1))
    ns.wait_for(lambda: 20<time.time()%60<30, 60, "mid minute")
    local.workflows_controller.kill() if hasattr(local.workflows_controller,"kill") else None
    print([a for a in dir(local.workflows_controller) if not a.startswith("__")])
    last=int(time.time())//60*60+60
    ns.wait_for(lambda: time.time()>last+3, 70, "missed minute")
    at=datetime.fromtimestamp(last,UTC)
    for n in ("with","without","patched"):
        cron=cron_missed.CronWorkflow(c.get(CRON_WORKFLOWS, ns.name,n))
        c.create(WORKFLOWS, ns.name, cron.run(at))
    c.patch(CRON_WORKFLOWS, ns.name,"patched",{"status":{"lastScheduledTime":at.isoformat().replace("+00:00","Z")}})
    local.revive()
    end=time.time()+75+60
    while time.time()<end:
        time.sleep(10)
        print(int(time.time()%60), {n: sorted(int(x.rpartition("-")[2])-last for x in first(n)()) for n in ("with","without","patched")}, flush=True)
