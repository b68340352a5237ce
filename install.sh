#!/bin/sh
# 安装、更新或删除 tongbao：sh install.sh [--to 文件夹] [--command 文件夹] [--remove]
# 指定 Python：PYTHON=/opt/python3.12/bin/python3 sh install.sh
here=$(cd "$(dirname "$0")" && pwd)
for python in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
  if command -v "$python" >/dev/null 2>&1 && "$python" "$here/installer.py" --fits >/dev/null 2>&1; then
    exec "$python" "$here/installer.py" "$@"
  fi
done
case " $* " in *" --remove "*) for python in python3 python; do
  command -v "$python" >/dev/null 2>&1 && exec "$python" "$here/installer.py" "$@"
done ;; esac
echo '错误：没有找到可用的 Python（64位，3.11 以上，且安装包中有它的软件包）。' >&2
for python in ${PYTHON:-python3}; do
  command -v "$python" >/dev/null 2>&1 && "$python" "$here/installer.py"
done
echo '装在别处的，写明路径：PYTHON=/opt/python3.12/bin/python3 sh install.sh' >&2
exit 1
