"""Addresses of the network of agencies."""

from django.urls import path

from . import views, views_agencies, views_files, views_lists, views_office, views_publishing, views_what_if

app_name = "agencies"
urlpatterns = [
    path("agreements/", views.the_map, name="map"),
    path("agreements/agreements.csv", views_files.table, name="csv"),
    path("agreements/map.pdf", views_files.paper, name="pdf"),
    path("agreements/network.json", views_files.network_json, name="json"),
    path("agreements/network.graphml", views_files.network_graphml, name="graphml"),
    path("agreements/network.zip", views_files.network_zip, name="zip"),
    path("agreements/what-if/", views_what_if.what_if, name="what-if"),
    path("agreements/add/", views_office.add, name="add"),
    path("agreements/import/", views_lists.import_file, name="import"),
    path("agreements/<slug:slug>/", views.agreement, name="agreement"),
    path("agreements/<slug:slug>/end/", views_office.end, name="end"),
    path("agreements/<slug:slug>/amend/", views_office.amend, name="amend"),
    path("agreements/<slug:slug>/correct/", views_office.correct, name="correct"),
    path("agreements/<slug:slug>/publish/", views_publishing.publish, name="publish"),
    path("agreements/<slug:slug>/unpublish/", views_publishing.unpublish, name="unpublish"),
    path("agreements/<slug:slug>/document/", views_office.document, name="document"),
    path("agreements/<slug:slug>/document/file", views_office.document_file, name="document-file"),
    path("agencies/", views_agencies.agencies, name="agencies"),
    path("agencies/add/", views_agencies.add, name="add-agency"),
    path("agencies/names/", views_lists.names, name="names"),
    path("agencies/names/import/", views_lists.import_list, name="import-list"),
    path("agencies/names/<uuid:match_id>/confirm/", views_lists.confirm, name="confirm-name"),
    path("agencies/names/<uuid:match_id>/reject/", views_lists.reject, name="reject-name"),
    path("agencies/<slug:slug>/", views_agencies.agency, name="agency"),
    path("agencies/<slug:slug>/correct/", views_agencies.correct, name="correct-agency"),
]
