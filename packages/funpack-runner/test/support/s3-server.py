#!/usr/bin/python3
"""A store that speaks S3: OpenStack's Swift, whole, in one process on the loopback, for tests.

usage: s3-server.py DIR KEY SECRET    KEY is account:user; prints "ready PORT"; ends with its standard input
"""
import eventlet

eventlet.patcher.monkey_patch()
import os
import sys
import time

from eventlet import listen, wsgi

root, key, secret = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
etc, disk = os.path.join(root, 'etc'), os.path.join(root, 'srv')
os.makedirs(etc)
os.makedirs(os.path.join(disk, 'd1'))
with open(os.path.join(etc, 'swift.conf'), 'w') as conf:
    conf.write('[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n')

from swift.common import utils

utils.set_swift_dir(etc)
from swift.common.ring.builder import RingBuilder
from swift.common.wsgi import SwiftHttpProtocol, loadapp

BACKENDS = ('object', 'container', 'account')
COMMON = f'[DEFAULT]\nswift_dir = {etc}\nlog_address = /nonexistent\nlog_level = WARNING\n'
PROXY = f'''[pipeline:main]
pipeline = catch_errors s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_{key.replace(':', '_')} = {secret} .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
'''


class Memory:
    """What tempauth and the proxy ask of memcached."""

    def __init__(self):
        self.entries = {}

    def get(self, name, raise_on_error=False):
        value, ends = self.entries.get(name, (None, 0))
        return value if not ends or ends > time.time() else None

    def set(self, name, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        self.entries[name] = (value, now() + time if time else 0)

    def incr(self, name, delta=1, time=0):
        value = (self.get(name) or 0) + delta
        self.set(name, value, time=time)
        return value

    def decr(self, name, delta=1, time=0):
        return self.incr(name, -delta, time)

    def delete(self, name, server_key=None):
        self.entries.pop(name, None)

    def set_multi(self, mapping, server_key=None, serialize=True, time=0, min_compress_len=0):
        for name, value in mapping.items():
            self.set(name, value, time=time)

    def get_multi(self, names, server_key=None):
        return [self.get(name) for name in names]


class Nowhere:
    """Takes the log."""

    def write(self, *_):
        pass


def now():
    return time.time()


def serve(name, socket, memory):
    path = os.path.join(etc, f'{name}-server.conf')
    own = f'devices = {disk}\nmount_check = false\ndisable_fallocate = true\nfallocate_reserve = 0\n'
    backend = f'[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n'
    with open(path, 'w') as conf:
        conf.write(COMMON + (PROXY if name == 'proxy' else own + backend))
    app = loadapp(path)

    def with_cache(env, start_response):
        env['swift.cache'] = memory
        return app(env, start_response)

    eventlet.spawn(wsgi.server, socket, with_cache, Nowhere(), protocol=SwiftHttpProtocol,
                   capitalize_response_headers=False)


sockets = {name: listen(('127.0.0.1', 0)) for name in BACKENDS + ('proxy',)}
for name in BACKENDS:
    port = sockets[name].getsockname()[1]
    ring = RingBuilder(4, 1, 0)
    ring.add_dev(dict(id=0, region=1, zone=1, ip='127.0.0.1', port=port, device='d1', weight=1.0, meta='',
                      replication_ip='127.0.0.1', replication_port=port))
    ring.rebalance()
    ring.get_ring().save(os.path.join(etc, f'{name}.ring.gz'))
memory = Memory()
for name, socket in sockets.items():
    serve(name, socket, memory)
print('ready', sockets['proxy'].getsockname()[1], flush=True)
os.set_blocking(0, False)
while True:
    eventlet.sleep(0.2)
    try:
        if os.read(0, 1) == b'':
            break
    except BlockingIOError:
        pass
os._exit(0)
