import ci

dag = ci.DAG("first")
fetch = dag.shell("fetch", "echo fetching")
lint = dag.shell("lint", "echo linting").after(fetch)
test = dag.shell("test", "echo testing").after(fetch)
dag.shell("pack", "echo packing").after(lint, test)

if __name__ == "__main__":
    ci.run(dag)
