"""Addresses of the workbench."""

from django.urls import path

from . import views, views_claims, views_compare, views_draft, views_kept

app_name = "workbench"
urlpatterns = [
    path("workbench/", views.case, name="case"),
    path("workbench/explanation/", views.explanation, name="explanation"),
    path("workbench/open/", views.open_file, name="open"),
    path("workbench/requests/<uuid:request_id>/", views.open_request, name="request"),
    path("workbench/draft/", views_draft.draft, name="draft"),
    path("workbench/compare/", views_compare.comparison, name="compare"),
    path("workbench/replay/", views_compare.replay, name="replay"),
    path("workbench/claims/", views_claims.claims, name="claims"),
    path("workbench/claims/<str:claim_id>/", views_claims.claim, name="claim"),
    path("workbench/keep/", views_kept.keep, name="keep"),
    path("workbench/kept/", views_kept.kept, name="kept"),
    path("workbench/kept/cases.json", views_kept.kept_files, name="kept-files"),
    path("workbench/kept/<uuid:kept_id>/case.json", views_kept.kept_file, name="kept-file"),
]
