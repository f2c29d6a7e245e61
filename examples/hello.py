"""Four commands in a diamond: `turboci run examples/hello.py`."""

import ci

dag = ci.DAG("hello")
fetch = dag.shell("fetch", "echo fetching the sources")
lint = dag.shell("lint", "echo reading them").after(fetch)
build = dag.shell("build", "echo compiling them").after(fetch)
dag.shell("greet", "echo hello, world").after(lint, build)

if __name__ == "__main__":
    ci.run(dag)
