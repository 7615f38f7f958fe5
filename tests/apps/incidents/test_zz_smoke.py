import time
from pathlib import Path
import pytest
def test_smoke(data_folder, db, shared, django_assert_max_num_queries):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_edfi
    from schoolgate.interop import edfi
    f=shared/"data/edfi/samples"
    c=edfi.check_folder(f)
    for _ in range(2):
        t=time.time()
        r=import_edfi(actor=SYSTEM, folder=f, checked=c)
        print(time.time()-t, {k:(v.created,v.updated,v.unchanged,v.not_in_feed) for k,v in r.tallies.items()}, r.without_access, r.not_stored, r.schools_found)
