"""The example of docs/emulator.md: somebody's Sensor, tested without a cluster."""

from __future__ import annotations

import yaml

from depgen.cluster.api import WORKFLOWS
from depgen.emulate import Emulator

MANIFESTS = """
apiVersion: argoproj.io/v1alpha1
kind: EventSource
metadata: {name: hooks, namespace: shop}
spec:
  webhook:
    order: {port: "12000", endpoint: /order, method: POST}
---
apiVersion: argoproj.io/v1alpha1
kind: Sensor
metadata: {name: orders, namespace: shop}
spec:
  dependencies:
    - name: order
      eventSourceName: hooks
      eventName: order
      filters:
        data:
          - {path: body.total, type: number, comparator: ">", value: ["100"]}
  triggers:
    - atLeastOnce: true
      retryStrategy: {steps: 3, duration: 10s}
      template:
        name: check
        conditions: order
        k8s:
          operation: create
          source:
            resource:
              apiVersion: argoproj.io/v1alpha1
              kind: Workflow
              metadata: {}
              spec: {workflowTemplateRef: {name: check-order}}
          parameters:
            - src: {dependencyName: order, dataKey: body.id}
              dest: metadata.name
"""


def test_a_large_order_is_checked_once() -> None:
    emulator = Emulator(yaml.safe_load_all(MANIFESTS), start=1795248000)
    for order in ({"id": "a-1", "total": 50}, {"id": "a-2", "total": 500}, {"id": "a-2", "total": 500}):
        emulator.publish("hooks", "order", {"header": {}, "body": order})
    emulator.run_until(1795248000 + 60)
    made = [workflow["metadata"]["name"] for workflow in emulator.api.list(WORKFLOWS, "shop")]
    assert made == ["a-2"]
    assert [happening.kind for happening in emulator.log if happening.who == "sensor/orders/check"] == [
        "fired",
        "created",
        "fired",
        "refused",
        "retried",
        "refused",
        "retried",
        "refused",
        "failed",
    ]
