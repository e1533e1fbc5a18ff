"""What each runtime makes of every field: done, not enforced, or refused since it would matter."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from argosy.engine.manifests.walk import Use
from compiler.record import record

Runtime = Literal["process", "sandbox", "container"]
LACKING = "a step does not get it on this machine"
_WITH_KUBERNETES = ("template.resource", "template.http")
RUNTIMES: tuple[Runtime, ...] = ("process", "sandbox", "container")


@record
class Row:
    """A group of fields: what each runtime does, `done` `noted` `refused` `idle`, and its words.

    `noted` differs in isolation or placement only; `idle` has no bearing on what a run computes.
    """

    fields: tuple[str, ...]
    process: str
    sandbox: str
    container: str
    says: str = ""

    def does(self, runtime: Runtime) -> str:
        """Return what `runtime` does with these fields."""
        return str(getattr(self, runtime))


def _row(fields: str, does: str, says: str = "") -> Row:
    """`does` is one word for all runtimes, or one for each of process, sandbox and container."""
    words = does.split()
    process, sandbox, container = words if len(words) == 3 else words * 3
    return Row(tuple(fields.split()), process, sandbox, container, says)


ROWS: tuple[Row, ...] = (
    _row(
        "spec.entrypoint spec.arguments spec.templates spec.templateDefaults "
        "spec.workflowTemplateRef spec.onExit spec.hooks spec.parallelism "
        "spec.activeDeadlineSeconds spec.retryStrategy spec.synchronization "
        "spec.volumes spec.volumeClaimTemplates spec.workflowMetadata spec.priority",
        "done",
    ),
    _row(
        "template.name template.inputs template.outputs template.steps template.dag "
        "template.container template.script template.containerSet template.data template.suspend "
        "template.initContainers template.sidecars template.daemon template.retryStrategy "
        "template.timeout template.activeDeadlineSeconds template.parallelism template.failFast "
        "template.synchronization template.memoize template.volumes",
        "done",
    ),
    _row(
        "container.name container.command container.args container.source container.env "
        "container.envFrom container.workingDir container.volumeMounts "
        "container.mirrorVolumeMounts",
        "done",
    ),
    _row("container.requests.cpu container.requests.memory", "done"),
    _row(
        "volume.name volume.emptyDir volume.ephemeral volume.configMap volume.secret "
        "volume.projected volume.downwardAPI volume.persistentVolumeClaim",
        "done",
    ),
    _row(
        "artifact.name artifact.path artifact.from artifact.fromExpression artifact.optional "
        "artifact.archive artifact.mode artifact.recurseMode artifact.subPath artifact.globalName "
        "artifact.raw",
        "done",
    ),
    _row(
        "artifact.s3 artifact.gcs artifact.oss artifact.azure",
        "noted",
        "buckets are folders below .argosy/store here",
    ),
    _row("artifact.git artifact.http artifact.artifactory", "done"),
    _row(
        "artifact.toAddress",
        "noted",
        "what would be sent to an address lies below .argosy/store here",
    ),
    _row("artifact.auth", "refused", "name a login by `basicAuth`, or a token by `headers`"),
    _row(
        "artifact.hdfs artifact.plugin",
        "refused",
        "there is no such store on this machine: use a bucket, git or an address",
    ),
    _row(
        "container.image container.imagePullPolicy spec.imagePullSecrets",
        "noted noted done",
        "images are not used: the programs of this machine run",
    ),
    _row(
        "container.limits.memory",
        "noted noted done",
        "limits of memory are not enforced, unless ARGOSY_STEP_MEMORY=declared",
    ),
    _row(
        "container.limits.cpu container.limits.ephemeral-storage "
        "container.requests.ephemeral-storage container.resizePolicy",
        "noted",
        "limits of cpu and disk are not enforced",
    ),
    _row(
        "container.device volume.medium spec.nodeSelector template.nodeSelector spec.affinity "
        "template.affinity",
        "noted",
        LACKING,
    ),
    _row(
        "spec.tolerations template.tolerations spec.schedulerName template.schedulerName "
        "spec.podPriorityClassName template.priorityClassName",
        "noted",
        "tolerations, schedulers and priorities have no effect",
    ),
    _row(
        "spec.securityContext template.securityContext container.securityContext",
        "noted",
        "steps run as you: security contexts have no effect",
    ),
    _row(
        "spec.serviceAccountName template.serviceAccountName spec.automountServiceAccountToken "
        "template.automountServiceAccountToken spec.executor template.executor",
        "noted",
        "steps have no service account",
    ),
    _row(
        "container.livenessProbe container.startupProbe container.readinessProbe",
        "noted",
        "of probes only the port of a readiness probe is asked",
    ),
    _row(
        "spec.hostNetwork spec.dnsPolicy spec.dnsConfig container.ports",
        "noted",
        "steps have the network of this machine, and its names",
    ),
    _row("spec.metrics template.metrics", "noted", "metrics are not emitted"),
    _row(
        "spec.hostAliases template.hostAliases",
        "refused done done",
        "names of hosts are those of this machine: run with --runtime sandbox",
    ),
    _row(
        "container.paths",
        "refused done done",
        "its files lie below a folder of its own here: run with --runtime sandbox, or name them by "
        "paths relative to `workingDir`",
    ),
    _row(
        "container.postStart", "done done refused", "nothing is called in a container of an image"
    ),
    _row("container.lifecycle", "done"),
    # Argo ends containers by signals, before which no cluster calls it
    _row("container.preStop", "idle"),
    _row(
        "lifecycle.httpGet lifecycle.tcpSocket",
        "refused",
        "only commands are called when a container has started: write `exec`",
    ),
    _row(
        "volume.serviceAccountToken",
        "refused",
        "there is no service account whose token could be had",
    ),
    _row(
        "spec.suspend", "refused", "nothing holds a whole workflow back here: begin it when it may"
    ),
    _row("container.volumeDevices", "refused", "there are no block devices"),
    _row(
        "container.terminationMessagePath container.terminationMessagePolicy container.stdin "
        "container.stdinOnce container.tty container.restartPolicy",
        "idle",
    ),
    _row(
        "spec.podSpecPatch template.podSpecPatch",
        "noted",
        "patches of the pod have no effect",
    ),
    _row(
        "spec.podSpecPatch.containers template.podSpecPatch.containers",
        "refused",
        "a patch of volumes, or of more than resources of containers, would change what runs",
    ),
    _row("template.resource", "refused", "it needs a Kubernetes API: give one by --kube-context"),
    _row("template.http", "refused", "it is Argo's agent that calls: give one by --kube-context"),
    _row("template.plugin", "refused", "plugins belong to Argo's agent"),
    _row(
        "volume.hostPath volume.nfs volume.csi volume.awsElasticBlockStore volume.azureDisk "
        "volume.azureFile volume.cephfs volume.cinder volume.fc volume.flexVolume volume.flocker "
        "volume.gcePersistentDisk volume.gitRepo volume.glusterfs volume.image volume.iscsi "
        "volume.photonPersistentDisk volume.portworxVolume volume.quobyte volume.rbd "
        "volume.scaleIO volume.storageos volume.vsphereVolume",
        "refused",
        "it needs a cluster: bind another profile, or use emptyDir, a claim or a ConfigMap",
    ),
    _row(
        "spec.archiveLogs spec.artifactGC spec.artifactRepositoryRef spec.podDisruptionBudget "
        "spec.podGC spec.podMetadata spec.shutdown spec.ttlStrategy spec.volumeClaimGC "
        "template.annotations template.archiveLocation template.metadata artifact.archiveLogs "
        "artifact.artifactGC artifact.deleted",
        "idle",
    ),
    _row(
        "synchronization.database",
        "refused",
        "locks of a database are shared with a cluster: use a mutex or a ConfigMap",
    ),
)
_BY_FIELD: Mapping[str, Row] = {field: row for row in ROWS for field in row.fields}


def row(field: str) -> Row | None:
    """Return the row of a field."""
    return _BY_FIELD.get(field)


def found(
    uses: Iterable[Use], runtime: Runtime, what: str, *, kubernetes: bool = False
) -> Iterator[tuple[Row, Use]]:
    """Yield the uses of fields with which `runtime` does `what`, each with its row.

    `kubernetes`: a cluster was named that can be asked, by programs of this machine.
    """
    asked = _WITH_KUBERNETES if kubernetes and runtime != "container" else ()
    for use in uses:
        about = row(use.field)
        if about is not None and use.field not in asked and about.does(runtime) == what:
            yield about, use


def notes(uses: Iterable[Use], runtime: Runtime) -> list[str]:
    """Return in words what `runtime` does not enforce of the fields in use, each once."""
    lacking: dict[str, dict[str, None]] = {}
    others: set[str] = set()
    for about, use in found(uses, runtime, "noted"):
        if about.says == LACKING:
            who = f"`{use.template}`" if use.template else "a step"
            lacking.setdefault(who, {}).update({use.what: None})
        else:
            others.add(about.says)
    told = [f"{who} gets no {', '.join(what)} on this machine" for who, what in lacking.items()]
    said = [row.says for row in ROWS if row.says in others]
    return [*told, *([f"with --runtime {runtime}, {'; '.join(said)}"] if said else [])]
