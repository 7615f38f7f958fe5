"""Every setting, read from the environment in one place, failing loudly.

Each variable is optional unless it says otherwise; `schoolgate doctor` checks what they lead to.
"""

import os
import sys
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlparse

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from schoolgate.apps.people.signing_in.oidc.settings import read_client
from schoolgate.interop.clamd import read_address

PACKAGE = Path(__file__).resolve().parent


def flag(name: str, *, default: bool) -> bool:
    """Read a yes/no variable; anything but 0, 1, no, yes, false, true stops the start."""
    text = os.environ.get(name)
    if text is None:
        return default
    words = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
    if text.strip().lower() not in words:
        raise ImproperlyConfigured(f"{name} is {text!r}; write 1 or 0")
    return words[text.strip().lower()]


def database(url: str | None, var: Path) -> dict[str, object]:
    """Turn DATABASE_URL into Django's form; without it, SQLite in the data folder.

    SQLite runs in WAL mode with synchronous=FULL, so that a committed act survives a power cut, and with
    secure_delete and recursive_triggers, so that a destroyed key leaves no trace in the file and an
    INSERT OR REPLACE cannot slip past the log's triggers.

    A server on another machine is reached by TLS alone, with a certificate that is checked and names it.
    """
    if not url:
        pragmas = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
            "PRAGMA secure_delete=ON; PRAGMA recursive_triggers=ON; PRAGMA foreign_keys=ON"
        )
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": var / "schoolgate.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": pragmas},
            # A file, not memory: the browser's server thread and the tests read the same database.
            "TEST": {"NAME": os.environ.get("SCHOOLGATE_TEST_DATABASE") or None},
        }
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:port/name")
    host, options = unquote(parts.hostname or ""), tls_options(parts.query)
    if not all(on_this_machine(one) for one in host.split(",")) and options.get("sslmode") != "verify-full":
        raise ImproperlyConfigured(
            f"DATABASE_URL leads to another machine ({host}): end it with ?sslmode=verify-full&sslrootcert=FILE, where "
            "FILE holds the certificate, PEM, that the server's must lead to"
        )
    return {
        "ENGINE": "schoolgate.apps.access.wall.backend",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        # To connect costs more than a page: each process keeps its connection for some minutes, if it still answers.
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        # A statement is planned once a connection, not at each page: with the second wall that is half of its cost.
        # Compiling a plan to machine code takes longer than a page.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3, "options": "-c jit=off", **options},
    }


def tls_options(query: str) -> dict[str, object]:
    """Read what DATABASE_URL says of TLS, and stop the start at what is not known here or leads elsewhere."""
    given: dict[str, object] = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := given.keys() - {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl"}:
        raise ImproperlyConfigured(f"DATABASE_URL: {min(unknown)} is not known here; sslmode and its files are")
    if elsewhere := [name for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE") if os.environ.get(name)]:
        raise ImproperlyConfigured(f"{elsewhere[0]} is set, and DATABASE_URL alone says where the database is")
    return given


def on_this_machine(host: str) -> bool:
    """Whether a database's host is a socket or an address that leads to no other machine."""
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def whole(name: str, *, default: int) -> int:
    """Read a whole number of at least 1; anything else stops the start."""
    text = os.environ.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise ImproperlyConfigured(f"{name} is {text!r}; write a whole number, 1 or more")
    return int(text)


def mailers(way: str, var: Path) -> dict[str, dict[str, object]]:
    """Turn SCHOOLGATE_MAIL into Django's form: `folder`, `console`, smtp(s)://user:password@host:port, or nothing.

    Without it no mail can be sent: agencies then sign in to fetch their copies.
    """
    backends = "django.core.mail.backends"
    if not way:
        return {}
    if way == "console":
        return {"default": {"BACKEND": f"{backends}.console.EmailBackend"}}
    if way == "folder":
        return {"default": {"BACKEND": f"{backends}.filebased.EmailBackend", "OPTIONS": {"file_path": var / "mail"}}}
    parts = urlparse(way)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("SCHOOLGATE_MAIL must be folder, console or like smtp://user:password@host:587")
    encrypted = parts.scheme == "smtps"
    options = {
        "host": parts.hostname,
        "port": parts.port or (465 if encrypted else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        # Codes go by this mail: never in clear.
        "use_ssl": encrypted,
        "use_tls": not encrypted,
        "timeout": 20,
    }
    return {"default": {"BACKEND": f"{backends}.smtp.EmailBackend", "OPTIONS": options}}


def scanner(text: str) -> str:
    """Check that SCHOOLGATE_CLAMD names a place, if anything; what is no place stops the start."""
    if text:
        try:
            read_address(text)
        except ValueError as problem:
            raise ImproperlyConfigured(f"SCHOOLGATE_CLAMD is {text!r}; {problem}") from None
    return text


# The data folder: database, keys, the published log.
VAR = Path(os.environ.get("SCHOOLGATE_VAR", "var")).resolve()
# Keys are files of mode 0600 in a folder of mode 0700; both are made by `schoolgate doctor --mend` or the demo.
KEYS = Path(os.environ.get("SCHOOLGATE_KEYS", str(VAR / "keys"))).resolve()
# What keeps the dated keys that wrap record keys: "file", "pkcs11:..." or "command:..." (docs/vault.md).
KEY_PROVIDER = os.environ.get("SCHOOLGATE_KEY_PROVIDER", "file")
# Where the public copy of the log is written.
LOG_FOLDER = Path(os.environ.get("SCHOOLGATE_LOG_FOLDER", str(VAR / "log"))).resolve()
# The log's name: a URL without scheme, part of every signature. It must never change once a period is sealed.
LOG_ORIGIN = os.environ.get("SCHOOLGATE_LOG_ORIGIN", "schoolgate.example/log")
# Seconds in a period of the log. Changing it shows in public: it must never follow the work.
LOG_PERIOD = int(os.environ.get("SCHOOLGATE_LOG_PERIOD", "3600"))
# Which witnesses are asked to cosign, and how many of them must: a file in the format of C2SP tlog-policy.
LOG_POLICY = Path(os.environ.get("SCHOOLGATE_LOG_POLICY", str(VAR / "log-policy"))).resolve()
# Who says once a day that the newest checkpoint existed: an authority of time (RFC 3161), http:// or https://.
TSA_URL = os.environ.get("SCHOOLGATE_TSA_URL", "")
# The certificates, PEM, that such an authority's must lead to.
TSA_ROOTS = Path(os.environ.get("SCHOOLGATE_TSA_ROOTS", str(VAR / "tsa-roots.pem"))).resolve()
# A demonstration district of invented people: shows a banner and the demo sign-ins.
DEMO = flag("SCHOOLGATE_DEMO", default=False)
# Extra detail for developers. Never on a machine that holds real records.
DEBUG = flag("SCHOOLGATE_DEBUG", default=False)
# The kinds of agencies whose reach is shown first and watched, separated by commas.
WATCHED_KINDS = tuple(os.environ.get("SCHOOLGATE_WATCHED_KINDS", "federal_immigration").split(","))
# For how many days a recipient may fetch a copy after it left.
COPY_DAYS = whole("SCHOOLGATE_COPY_DAYS", default=30)
# How many days back a school's role sees incidents: what a teacher needs fades within two years, and a principal's need
# with the seven years of the temporary record (603 CMR 23.06). The records office, which must answer for all, sees all.
LOOK_BACK_DAYS = {
    "staff": whole("SCHOOLGATE_STAFF_LOOK_BACK_DAYS", default=2 * 365),
    "principal": whole("SCHOOLGATE_PRINCIPAL_LOOK_BACK_DAYS", default=7 * 365),
}
# How many different records somebody may open in a day for their work until a second person lets them go on.
READING_BUDGET = whole("SCHOOLGATE_READING_BUDGET", default=200)
# Days until a password that somebody else gave out, and that nobody used, opens nothing any more.
FIRST_PASSWORD_DAYS = whole("SCHOOLGATE_FIRST_PASSWORD_DAYS", default=14)
# The district's own data files for the lists that it hands out (docs/exports.md): what its words are to the state, and
# to the federal collection.
SSDR_CODES = Path(os.environ.get("SCHOOLGATE_SSDR_CODES", str(VAR / "ssdr-codes.toml"))).resolve()
CRDC_RULES = Path(os.environ.get("SCHOOLGATE_CRDC_RULES", str(VAR / "crdc.toml"))).resolve()
# How mail is sent: links and one-time codes to agencies. The demo writes it into a folder.
MAILERS = mailers(os.environ.get("SCHOOLGATE_MAIL", "folder" if DEMO else ""), VAR)
# A ClamAV daemon that looks at every file sent to the site: the path of its Unix socket, or host:port on this machine.
# Without one, files are not scanned; with one that does not answer, none is taken in.
CLAMD = scanner(os.environ.get("SCHOOLGATE_CLAMD", ""))
# From whom mail comes.
DEFAULT_FROM_EMAIL = os.environ.get("SCHOOLGATE_MAIL_FROM", "Records office <records@schoolgate.example>")
# The names under which the site is reached, separated by commas.
ALLOWED_HOSTS = os.environ.get("SCHOOLGATE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
# Cookies and redirects for HTTPS only. The demo on this machine's own address runs without.
HTTPS = flag("SCHOOLGATE_HTTPS", default=not DEMO)
# Whether everybody needs a second factor. Only a demonstration, whose people are invented, does without.
SECOND_FACTOR = not DEMO
# The district's own sign-in by OpenID Connect, when SCHOOLGATE_OIDC_ISSUER names one (docs/sign-in.md).
OIDC = read_client(os.environ, KEYS)
# How many proxies of the district's own stand before the site: attempts are counted by the address they pass on.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("SCHOOLGATE_PROXIES", "0"))


def secret_key() -> str:
    """Read the site's secret from SCHOOLGATE_SECRET_KEY or from its file in the key folder.

    Without either, commands that need no session (decide, verify, doctor) still run: they get a value
    that lives as long as the process.
    """
    if given := os.environ.get("SCHOOLGATE_SECRET_KEY"):
        return given
    path = KEYS / "site-secret"
    if path.is_file():
        return path.read_text(encoding="ascii").strip()
    return os.urandom(32).hex()


SECRET_KEY = secret_key()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "schoolgate.web",
    "schoolgate.apps.access",
    "schoolgate.apps.ledger",
    "schoolgate.apps.schools",
    "schoolgate.apps.agencies",
    "schoolgate.apps.people",
    "schoolgate.apps.incidents",
    "schoolgate.apps.redactions",
    "schoolgate.apps.requests",
    "schoolgate.apps.releases",
    "schoolgate.apps.transfers",
    "schoolgate.apps.exports",
    "schoolgate.apps.spreadsheets",
    "schoolgate.apps.families",
    "schoolgate.apps.transparency",
    "schoolgate.apps.workbench",
    "schoolgate.apps.retention",
    # Last, so that our own sign-in pages stand before the library's.
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "schoolgate.apps.access.middleware.PrivateByDefault",
    "schoolgate.apps.access.once.ReadOnce",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "schoolgate.apps.people.signing_in.middleware.SignInGate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "schoolgate.apps.people.middleware.ActorMiddleware",
    "schoolgate.apps.access.middleware.DeclaredAccess",
    "schoolgate.apps.people.unusual.views.BudgetPage",
    "schoolgate.web.scanning.ScannedUploads",
    "schoolgate.apps.incidents.middleware.KeptShutPage",
    "schoolgate.apps.retention.middleware.DestroyedRecords",
]

ROOT_URLCONF = "schoolgate.urls"
WSGI_APPLICATION = "schoolgate.wsgi.application"
FORM_RENDERER = "schoolgate.web.forms.UswdsRenderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Our own templates stand before those of the sign-in library.
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["schoolgate.web.addresses"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "schoolgate.apps.access.context.page",
                "schoolgate.apps.people.signing_in.context.district",
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("DATABASE_URL"), VAR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Attempts to sign in are counted here: in the database, so that all workers count together. So many that nobody's
# attempts push out another's.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_sharedattempt",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["schoolgate.apps.people.signing_in.backend.SessionBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "display_name"]},
    },
    {"NAME": "schoolgate.apps.people.signing_in.passwords.NotGuessable"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Sign-ins have no e-mail address: a mail is no factor here, and leaks.
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_ADAPTER = "schoolgate.apps.people.adapter.NoSelfSignUp"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "schoolgate.apps.people.signing_in.secrets.SealedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TRUST_ENABLED = False

# Sessions end with the browser, or by the limits of the person's roles (people/signing_in/limits.py).
SESSION_ENGINE = "schoolgate.apps.people.signing_in.store"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
# Over HTTPS a browser lets no other host set or read what is called so, and no path or plain connection either.
HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{HOST_ONLY}sessionid", f"{HOST_ONLY}csrftoken"
MESSAGE_STORAGE = "schoolgate.web.flash.HostCookieFirst"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# What programs read is refused over plain HTTP (access/routes.py, `for_programs`); browsers are led to HTTPS.
SECURE_REDIRECT_EXEMPT = [
    r"^log/(?!$|stamps/$|subscribe/)",
    r"^public/(figures|rules|statements)/.",
]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]

STATIC_URL = "static/"
# Without `collectstatic`, WhiteNoise serves the built assets straight from the package.
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
# Files about children wait in memory until they are sealed, never in a temporary file in clear: 64 MiB and their form.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 65 << 20

LANGUAGE_CODE = "en-us"
TIME_ZONE = "America/New_York"
USE_I18N = True
USE_TZ = True

# The program's own lines (docs/operating.md): events, and never content: no request bodies, no names, no SQL.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "schoolgate.web.lines.JsonLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Nothing is mailed, and no address that somebody typed is repeated: `schoolgate.access` says who was refused.
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "schoolgate.access": {"level": "INFO"},
    },
}
