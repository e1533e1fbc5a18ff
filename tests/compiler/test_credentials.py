"""The scan for secrets, held against a corpus: what is one, and what only looks like one.

Secrets are made here from their forms: none stands in a file, where scanners would find it.
"""

import base64
import hashlib
import random
import string
import uuid
import zlib

import pytest

from compiler.credentials import FORMATS, known, suspicious

WORD, HEX, UPPER = string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_uppercase
URL64, B64 = WORD + "-_", WORD + "+/"


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same on every run


def made(form: str, source: random.Random) -> str:
    """Fill `<w36>` (letters and digits), `<h32>` (hex), `<u58>` (upper), `<b20>`, `<l40>`."""
    alphabets = {"w": WORD, "h": HEX, "u": UPPER + "234567", "b": URL64, "l": B64, "d": "123456789"}
    out, rest = "", form
    while "<" in rest:
        before, _, rest = rest.partition("<")
        kind, _, rest = rest.partition(">")
        letters = (source.choice(alphabets[kind[0]]) for _ in range(int(kind[1:])))
        out += before + "".join(letters)
    return out + rest


FORMS = [
    *("AKIA<u16>", "ASIA<u16>", "https://b.s3.amazonaws.com/k?X-Amz-Signature=<h64>"),
    *("ghp_<w36>", "gho_<w36>", "ghs_<w36>", "github_pat_<w22>_<w59>", "glpat-<b20>", "gldt-<b20>"),
    *("xoxb-<d11>-<d11>-<w24>", "xoxp-<d11>-<d11>-<w32>", "xapp-1-A<u10>-<d12>-<h64>"),
    *("https://hooks.slack.com/services/T<u8>/B<u8>/<w24>",),
    *("https://discord.com/api/webhooks/<d18>/<b68>", "sk_live_<w24>", "rk_test_<w24>"),
    *("whsec_<l32>", "sk-ant-api03-<b93>AA", "sk-or-v1-<h64>", "sk-proj-<b74>"),
    *(
        "sk-svcacct-<b60>",
        "sk-<w20>T3BlbkFJ<w20>",
        "sk-<w48>",
        "hf_<w34>",
        "gsk_<w52>",
        "xai-<w80>",
    ),
    *("r8_<w37>", "dapi<h32>", "AIza<b35>", "GOCSPX-<b28>", "ya29.<b60>"),
    '{"type": "service_account", "private_key_id": "<h40>"}',
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=<l86>==;EndpointSuffix=core.windows.net",
    "https://a.blob.core.windows.net/c?sv=2023&sig=<w43>%3D",
    *("eyJhbGciOiJIUzI1NiJ9.eyJ<b60>.<b43>", "-----BEGIN RSA PRIVATE KEY-----\n<l64>\n<l64>\n"),
    *("-----BEGIN PRIVATE KEY-----\\n<l64>\\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n<l70>\n"),
    *("-----BEGIN EC PRIVATE KEY-----\n<l64>", "AGE-SECRET-KEY-1<u58>"),
    *("postgresql://mlflow:<w12>@db:5432/mlflow", "https://bot:<w20>@github.com/acme/x.git"),
    *(
        "redis://:<w16>@cache:6379/0",
        "amqp://guest:guest@mq:5672",
        "mongodb+srv://u:<w9>@c0.mongodb.net",
    ),
    *("npm_<w36>", "pypi-AgEIcHlwaS5vcmc<b80>", "dckr_pat_<b27>", "AKCp<w69>", "SG.<b22>.<b43>"),
    *("SK<h32>", "key-<h32>", "shpat_<h32>", "dop_v1_<h64>", "lin_api_<w40>", "glsa_<w32>_<h8>"),
    *("NRAK-<u27>", "hvs.<b90>", "<w14>.atlasv1.<b67>", "pul-<h40>", "dp.pt.<w43>"),
    *("<d9>:AA<b33>", "ntn_<w46>", "secret_<w43>", "sntrys_<w60>", "pscale_tkn_<b43>"),
    *("tskey-auth-<w12>-<w32>", "sk-lf-<h8>-<h4>-<h4>-<h4>-<h12>", "eyJhcGlfYWRkcmVzcyI6<w60>"),
]
NAMED = [
    *(("WANDB_API_KEY", "<h40>"), ("API_TOKEN", "<h32>"), ("CLIENT_SECRET", "<w32>")),
    *(("DB_PASSWORD", "hunter22"), ("MLFLOW_TRACKING_PASSWORD", "Tr0ub4dor&3"), ("X", "<w40>")),
    *(("AWS_SECRET_ACCESS_KEY", "<l40>"), ("AWS_SESSION_TOKEN", "<l120>"), ("VALUE", "<l44>")),
    *(("COMET_API_KEY", "<w25>"), ("SETTING", "key=<w32>"), ("SIGNING_KEY", "<h64>")),
    *(
        ("KAGGLE_KEY", "<w32>"),
        ("api_key", "<w32>"),
        ("HEROKU_API_KEY", "<h8>-<h4>-<h4>-<h4>-<h12>"),
    ),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_known_format_is_found_wherever_it_stands(form: str) -> None:
    for seed in range(5):
        secret = made(form, chance(seed))
        for text in (
            secret,
            f"export X='{secret}' # {seed}",
            f"curl -H 'A: {secret}' https://x.y/z",
        ):
            found = list(known(text))
            assert found, text
            assert all(part in text for _, part in found)


def test_every_format_has_an_example() -> None:
    told = {what for form in FORMS for what, _ in known(made(form, chance(1)))}
    assert {what for what, _, _ in FORMATS} - told == {"a key of PuTTY"}
    assert len(FORMS) * 5 >= 200


@pytest.mark.parametrize(("name", "form"), NAMED)
def test_a_value_with_a_name_is_found(name: str, form: str) -> None:
    missed = [seed for seed in range(40) if not suspicious(name, made(form, chance(seed)))]
    assert len(missed) <= 2, [made(form, chance(seed)) for seed in missed]


def files() -> list[bytes]:
    """Small files as people put them into values: text, tables, settings, archives, pictures."""
    texts = [
        *(
            "a,b,c\n1,2,3\n4,5,6\n",
            '{"lr": 0.1, "depth": 6}',
            "lr: 0.1\ndepth: 6\n",
            "print('hi')\n",
        ),
        *(
            "<xml><a>1</a></xml>",
            "SELECT id, name FROM customers WHERE churned = 1",
            "[a]\nb = 1\n",
        ),
    ]
    plain = [f"{text}{'#' * n}".encode() for text in texts for n in range(6)]
    head = b"\x89PNG\r\n\x1a\n"
    return [*plain, *(b"\x1f\x8b\x08" + zlib.compress(text) for text in plain), head + bytes(40)]


def harmless() -> list[tuple[str, str]]:
    ids_from = chance(7)
    hashed = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(60)]
    ids = [str(uuid.UUID(int=ids_from.getrandbits(128), version=4)) for _ in range(40)]
    names = ("IMAGE", "VALUE", "RUN_ID", "DATASET", "REVISION", "MODEL_URI")
    pairs = [(names[n % 6], f"ghcr.io/acme/churn@sha256:{h}") for n, h in enumerate(hashed)]
    pairs += [(names[n % 6], f"sha256:{h}") for n, h in enumerate(hashed)]
    pairs += [(names[n % 6], h) for n, h in enumerate(hashed)]
    pairs += [(names[n % 6], h[:40]) for n, h in enumerate(hashed)]
    pairs += [(names[n % 6], f"runs:/{h[:32]}/model") for n, h in enumerate(hashed)]
    pairs += [(names[n % 6], text) for n, text in enumerate(ids)]
    pairs += [("INTEGRITY", f"sha384-{digest(h)}") for h in hashed[:20]]
    pairs += [("CHECKSUM", digest(h)) for h in hashed[:20]]
    pairs += [("CONFIG", base64.b64encode(content).decode()) for content in files()]
    return [*pairs, *(tuple(line.split("=", 1)) for line in VALUES.split("\n") if line)]  # type: ignore[list-item]


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()


VALUES = r"""
TOKENIZERS_PARALLELISM=false
MAX_TOKENS=4096
TOKEN_LIMIT=128000
PAD_TOKEN=<|endoftext|>
EOS_TOKEN=<|im_end|>
MASK_TOKEN=[MASK]
KEY_COLUMN=customer_id
PRIMARY_KEY=customer_id_2024
SORT_KEY=2024-01-01
SECRET=slack-webhook
WEBHOOK_SECRET=slack-webhook-2024-prod
TOKEN=${params.token}
API_KEY=$(API_KEY)
API_TOKEN={{inputs.parameters.inputs-token}}
PASSWORD=${inputs.password}
PASSWORD_FILE=/run/secrets/password
DB_PASSWORD=/run/secrets/db
TOKEN_PATH=/var/run/secrets/kubernetes.io/serviceaccount/token
TOKEN=/var/run/secrets/kubernetes.io/serviceaccount/token
MODEL=meta-llama/Meta-Llama-3-8B-Instruct
MODEL=mistralai/Mixtral-8x7B-Instruct-v0.1
MODEL=Qwen/Qwen2.5-Coder-32B-Instruct-GPTQ-Int4
MODEL=sentence-transformers/all-MiniLM-L6-v2
MODEL=stabilityai/stable-diffusion-xl-base-1.0
MODEL=TheBloke/Llama-2-13B-chat-GGUF
MODEL=gpt-4o-mini-2024-07-18
MODEL=claude-3-5-sonnet-20241022
MODEL=facebook/wav2vec2-large-960h-lv60-self
MODEL=microsoft/DialoGPT-medium
MODEL=google/flan-t5-xxl
MODEL=EleutherAI/pythia-6.9b-deduped-v0
MODEL=laion/CLIP-ViT-H-14-laion2B-s32B-b79K
GPU=NVIDIA-A100-SXM4-80GB
GPU=NVIDIA-H100-80GB-HBM3-MIG-1g.10gb
INSTANCE=p4d.24xlarge
INSTANCE=Standard_NC24ads_A100_v4
INSTANCE=a2-highgpu-1g
POOL=arn:aws:sagemaker:eu-west-1:123456789012:endpoint/ChurnModelV2Production
ROLE=arn:aws:iam::123456789012:role/ArgosyPipelineRunnerRole
BUCKET=s3://acme-ml-prod-eu-west-1/churn/2024/raw.parquet
BUCKET=gs://acme-ml/data/part-00000-of-00128.parquet
DATA=abfss://raw@acmelake.dfs.core.windows.net/churn
URI=http://mlflow.mlflow.svc.cluster.local:5000
URI=https://user@host.example.com/path
URI=postgresql://db:5432/mlflow
URI=https://example.com:8443/a@b
URI=postgresql://mlflow:${params.password}@db/mlflow
URI=postgresql://$(USER):$(PASSWORD)@db/mlflow
URI=https://huggingface.co/datasets/acme/x/resolve/5f3c1de2b77a4b6e8d3c2b1a09f8e7d6c5b4a392/data.csv
URI=https://github.com/acme/x/archive/1385655aa0f84f2e9f3f7be0c7cf6e0b1d2e3f4a.tar.gz
URI=jdbc:postgresql://db.example.com:5432/warehouse?sslmode=require
URI=redis://cache:6379/0
GIT=git@github.com:acme/churn.git
GIT=ssh://git@github.com/acme/churn.git
EMAIL=ml-team@example.com
CRON=0 2 * * 1
CRON=30 4 1-7 * MON
ZONE=Europe/London
LOCALE=en_US.UTF-8
PYTHONPATH=/work/src:/work/lib
PATH=/usr/local/cuda-12.4/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
LD_LIBRARY_PATH=/usr/local/nvidia/lib64:/usr/local/cuda/lib64
PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True,max_split_size_mb:128
NCCL_DEBUG=INFO
NCCL_SOCKET_IFNAME=eth0
CUDA_VISIBLE_DEVICES=0,1,2,3
XLA_FLAGS=--xla_gpu_cuda_data_dir=/usr/local/cuda --xla_gpu_autotune_level=2
SPARK_CONF=spark.executor.memory=4g,spark.sql.shuffle.partitions=200
JAVA_OPTS=-Xmx4g -XX:+UseG1GC -XX:MaxGCPauseMillis=200
CFLAGS=-O3 -march=native -DNDEBUG
COLUMNS=alcohol,malic_acid,ash,alcalinity_of_ash,magnesium,total_phenols
FEATURES=customerTenureMonths,monthlyChargesUSD,contractType2024
QUERY=SELECT customerId, sum(amount) FROM orders WHERE createdAt > '2024-01-01T00:00:00Z'
JSON={"learningRate":0.001,"batchSize":32,"optimizer":"AdamW","betas":[0.9,0.999]}
GRID={"max_depth":[3,5,7],"n_estimators":[100,200],"subsample":[0.8,1.0]}
DATE=2024-05-01T12:34:56.789Z
DATE=20240501T123456Z
VERSION=1.2.3-rc.1+build.20240501
VERSION=v2.14.0-cu121-py3.11-ubuntu22.04
WHEEL=torch-2.4.0+cu121-cp311-cp311-linux_x86_64.whl
IMAGE=nvcr.io/nvidia/pytorch:24.05-py3
IMAGE=pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime
IMAGE=123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:20240501-1a2b3c4
SHEET_ID=1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms
CHANNEL_ID=C0123ABCD9Z
PROJECT_ID=acme-ml-prod-314159
EXPERIMENT=ChurnModelExperimentQ3
CLASS=sklearn.ensemble.HistGradientBoostingClassifier
CLASS=org.apache.spark.ml.classification.GBTClassifier
CLASS=com.acme.pipelines.FeatureExtractorV2Factory
TEST=test_that_a_very_long_name_is_not_a_secret_v2
SLUG=2024-05-churn-model-retraining-for-emea-v3
TEXT=The quick brown fox jumps over 13 lazy dogs.
TEXT=Réentraînement hebdomadaire du modèle Churn2024
HOST=ip-10-0-12-34.eu-west-1.compute.internal
POD=churn-train-gbm-1234567890
NODE=gke-ml-gpu-pool-1-3f2a9c7b-x8kq
REGEX=^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$
GLOB=data/**/[0-9][0-9][0-9][0-9]/*.parquet
SSH=ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqN5ZK4hXbPz0yT9b1m3W2c8vRfLdQeJ7uYtXs6aKpM ml@acme
MAC=02:42:ac:11:00:02
IPV6=2001:0db8:85a3:0000:0000:8a2e:0370:7334
SEEDS=1,2,3,5,8,13,21,34,55,89,144,233,377
HEX=0xDEADBEEF
COLOURS=#1f77b4,#ff7f0e,#2ca02c
SCHEDULE=@daily
METRICS=ROC_AUC,PR_AUC,F1Score,LogLoss
LAYERS=Conv2d(3,64,kernel_size=7)->BatchNorm2d(64)->ReLU
PROMPT=Answer in JSON with the keys customerName2 and orderId.
AUTH=oauth2
AUTH=none
PASSWORD=
TOKEN=abc
SECRET_NAME=hub-token
SECRET_KEY_REF=hub-token/token
KEYS=a,b,c
S3_KEY=models/churn/2024/model.pkl
OBJECT_KEY=raw/2024/05/01/part-00000.snappy.parquet
ARTIFACT_KEY=workflow-name/pod-name-123/outputs.tgz
CACHE_KEY=churn-features-v3
PARTITION_KEY=region_2
"""


def test_what_only_looks_like_a_secret_passes() -> None:
    pairs = harmless()
    assert len(pairs) >= 500
    alarms = [pair for pair in pairs if suspicious(*pair) or list(known(pair[1]))]
    assert alarms == []


HARMLESS_TEXT = r"""
if "-----BEGIN PRIVATE KEY-----" in text: raise ValueError
-----BEGIN CERTIFICATE-----
the prefix of a token is ghp_ or github_pat_, that of Slack xoxb-
password = os.environ["PASSWORD"]; token = tokenizer.decode(ids)
https://example.com/a?b=c:d@e
sk-learn and sk-image; task_test_set; hf_transformers_version
AKIA is how keys of AWS begin; SKU 4711; key-value
eyJ is how a token begins
curl -u "$USER:$PASSWORD" https://example.com
"""


@pytest.mark.parametrize("line", [line for line in HARMLESS_TEXT.split("\n") if line])
def test_text_about_secrets_is_none(line: str) -> None:
    assert list(known(line)) == []
