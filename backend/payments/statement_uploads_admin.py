"""Admin of uploaded statements: how far the worker is with one, and why one was refused."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from common import clock
from common.admin import ReadOnlyAdmin
from payments.models import StatementUpload
from payments.services import statement_uploads
from users.current import signed_in_user

#: Seconds after which the page looks again. It has no script.
LOOK_AGAIN_S = 2
_STEPS = {
    StatementUpload.Step.READ: "Check the file against itself",
    StatementUpload.Step.STORE: "Store its rows",
    StatementUpload.Step.COMPARE: "Compare them with our books",
    StatementUpload.Step.COUNT: "Count the lists",
}
_UPLOAD = "payments.add_statementimport"


@admin.register(StatementUpload)
class StatementUploadAdmin(ReadOnlyAdmin):
    """Uploads; the page of one leads to its statement as soon as that is imported."""

    list_display = ("id", "uploaded_at", "file_name", "size", "uploaded_by", "state", "reason")
    list_select_related = ("uploaded_by",)
    list_filter = ("state",)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm(_UPLOAD) or super().has_view_permission(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show how far the import is, or stop it; lead to the statement once it is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        upload = self.get_object(request, object_id)
        if not isinstance(upload, StatementUpload):
            raise Http404
        if request.method == "POST":
            return self._stop(request, upload)
        if upload.statement_id is not None:
            page = reverse("admin:payments_statementimport_change", args=[upload.statement_id])
            return HttpResponseRedirect(page)
        found = statement_uploads.describe(upload)
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Upload {upload.pk}",
            "upload": upload,
            "is_waiting": upload.state == StatementUpload.State.WAITING,
            "look_again_s": LOOK_AGAIN_S,
            "found": found,
            "steps": [
                {"title": title, "is_done": place < found["reached"],
                 "is_now": place == found["reached"]}
                for place, title in enumerate(_STEPS.values())
            ],
            "may_stop": request.user.has_perm(_UPLOAD),
        }  # fmt: skip
        return TemplateResponse(request, "payments/statement_upload.html", shown)

    def _stop(self, request: HttpRequest, upload: StatementUpload) -> HttpResponse:
        if not request.user.has_perm(_UPLOAD):
            raise PermissionDenied
        operator = signed_in_user(request)
        if statement_uploads.stop_upload(upload, operator=operator, now=clock.now()):
            self.log_change(request, upload, "stopped, and the file deleted")
            self.message_user(request, "Stopped. Nothing of the file is kept.", messages.SUCCESS)
        else:
            self.message_user(request, "It had ended before.", messages.WARNING)
        page = reverse("admin:payments_statementupload_change", args=[upload.pk])
        return HttpResponseRedirect(page)
