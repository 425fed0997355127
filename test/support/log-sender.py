# Logs as an application does, with the standard library's SocketHandler.
import logging
import logging.handlers
import sys

port, count, system = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
handler = logging.handlers.SocketHandler('127.0.0.1', port)
log = logging.getLogger('backup.job')
log.setLevel(logging.DEBUG)
log.addHandler(handler)
identity = {'SYSTEM_ID': system, 'SUB_SYSTEM_ID': 'host1', 'package_version': '1.2.3'}
for number in range(count):
    log.warning(u'disk nearly full \u00fc %d', number, extra=identity)
try:
    raise ValueError('broken')
except ValueError:
    log.exception('failed', extra=identity)
handler.close()
