"""The operations app: tools of operators. They read every app, and move money only by services."""

from django.apps import AppConfig

from common import metrics


class OperationsConfig(AppConfig):
    name = "operations"

    def ready(self) -> None:
        from operations.deposit_metrics import DepositCollector
        from operations.needs_metrics import NeedsCollector
        from operations.operator_metrics import OperatorCollector
        from operations.queue_metrics import QueueCollector

        metrics.register(QueueCollector())
        metrics.register(NeedsCollector())
        metrics.register(DepositCollector())
        metrics.register(OperatorCollector())
