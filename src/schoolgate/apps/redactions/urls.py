"""Addresses of the bench."""

from django.urls import path

from . import views, views_attachments

app_name = "redactions"
urlpatterns = [
    path("reports/<uuid:report_id>/marks/", views.bench, name="bench"),
    path("reports/<uuid:report_id>/marks/copy/", views.recipient, name="recipient"),
    path("reports/<uuid:report_id>/marks/do/", views.do, name="do"),
    path("reports/<uuid:report_id>/marks/sign/", views.sign, name="sign"),
    path("reports/<uuid:report_id>/marks/finish/", views.finish, name="finish"),
    path("reports/<uuid:report_id>/attachments/", views_attachments.attachments, name="attachments"),
    path("reports/<uuid:report_id>/attachments/<int:attachment>/again/", views_attachments.again, name="again"),
    path("reports/<uuid:report_id>/attachments/<int:attachment>/by-hand/", views_attachments.by_hand, name="by-hand"),
    path("reports/<uuid:report_id>/attachments/<int:attachment>/<int:page>/", views_attachments.page, name="page"),
    path(
        "reports/<uuid:report_id>/attachments/<int:attachment>/<int:page>/picture/",
        views_attachments.picture,
        name="picture",
    ),
    path(
        "reports/<uuid:report_id>/attachments/<int:attachment>/<int:page>/copy/",
        views_attachments.copy,
        name="page-copy",
    ),
    path("reports/<uuid:report_id>/attachments/<int:attachment>/<int:page>/do/", views_attachments.do, name="page-do"),
    path("finder/", views.finder, name="finder"),
]
