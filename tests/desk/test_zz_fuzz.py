import pytest
from tests.desk.test_attacks import JUNK, NAMES
from tests.desk.conftest import desk
SKIP={"auth.logout"}
@pytest.mark.parametrize("who", ["dispatcher","admin","worker","officer"])
def test_fuzz(app, world, desk, who):
    case = world.queued(); fresh = world.case(world.report(world.doors[0], text="楼道灯不亮"))
    d = desk(who)
    bad=set()
    import werkzeug
    for rule in app.url_map.iter_rules():
        if rule.endpoint in SKIP or not rule.endpoint.startswith(("desk.","admin.","auth.")): continue
        vals=[]
        for j in JUNK:
            v={}
            for a in rule.arguments:
                conv=rule._converters[a]
                if 'Integer' in type(conv).__name__:
                    v[a]=1
                else:
                    v[a]={"number":fresh.number}.get(a,j.replace("/","")) 
            vals.append((v,j))
        for v,j in vals:
            acts=[v.get("action")]
            if "action" in v:
                from app.cases.workflow import WORKFLOW
                acts=list(WORKFLOW)
            if "act" in v and rule.endpoint=="admin.act_on_person": continue
            for a in acts:
                vv=dict(v)
                if a: vv["action"]=a
                try: url=app.url_map.bind("localhost").build(rule.endpoint, vv)
                except Exception as e: continue
                for m in rule.methods & {"GET","POST"}:
                    data={n:j for n in NAMES}
                    if "version" in data: data["version"]=str(fresh.version)
                    try:
                        if m=="GET": r=d.client.open(url, method="GET", query_string=data)
                        else: r=d.client.open(url, method="POST", data={**data,"csrf_token":d.token})
                        r.close()
                    except Exception as e:
                        s=repr(e)
                        bad.add((rule.endpoint,m,a,repr(j)[:20],"EXC "+s[:300])); continue
                    if r.status_code>=500: bad.add((rule.endpoint,m,a,repr(j)[:20],r.status_code))
    for b in sorted(map(str,bad)): print("BAD",b)
    assert not bad
