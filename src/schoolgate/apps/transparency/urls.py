"""Addresses of the public pages and the public log."""

from django.urls import path

from . import views, views_audit, views_log, views_subscribe

app_name = "transparency"
urlpatterns = [
    path("public/", views.figures, name="figures"),
    path("public/figures/<str:period>.json", views.figures_json, name="figures_json"),
    path("public/rules/<str:digest>.toml", views.rules_toml, name="rules_toml"),
    path("public/statements/<str:digest>.txt", views.statement_text, name="statement_text"),
    path("acts/statement/", views_audit.statement, name="statement"),
    path("acts/destroy/", views_audit.destroy, name="destroy"),
    path("acts/", views.acts, name="acts"),
    path("log/", views.log, name="log"),
    path("log/key", views.key, name="key"),
    path("log/stamps/", views_log.stamps, name="stamps"),
    path("log/stamps/<int:number>.tsr", views_log.stamp, name="stamp"),
    path("log/stamps/<int:number>", views_log.stamped, name="stamped"),
    path("log/subscribe/", views_subscribe.subscribe, name="subscribe"),
    path("log/subscribe/<str:token>/", views_subscribe.subscribed, name="subscribed"),
    path("log/subscribe/<str:token>/end/", views_subscribe.unsubscribe, name="unsubscribe"),
    path("log/<path:name>", views_log.log_file, name="log_file"),
]
