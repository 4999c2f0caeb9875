#!/usr/bin/env bash
# Sourced by scripts that take files out of Debian packages, of any suite and machine; nothing is installed.
#
#   . packages.sh CACHE amd64|arm64
#   "${get[@]}" ...                apt-get, and "${list[@]}" apt-cache, for that machine
#   package NAME[/SUITE] OPTION    what dpkg-deb OPTION says of a package, as in package busybox-static --fsys-tarfile
apt=$1/apt machine=$2
[[ $machine == amd64 ]] || apt+=-$machine
mkdir -p "$apt"/{lists/partial,cache/archives/partial,dl}
uri=$(apt-get indextargets --format '$(REPO_URI)' | grep -m1 '/debian/\?$')
key=$(ls /usr/share/keyrings/debian-archive-keyring.* | head -1)
for s in bullseye bookworm trixie trixie-backports; do echo "deb [signed-by=$key] $uri $s main"; done >"$apt/sources.list"
opt=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$apt/lists"
  -o Dir::Cache="$apt/cache" -o APT::Architecture="$machine" -o APT::Architectures="$machine"
  -o APT::Sandbox::User=root -o Acquire::Languages=none -qq)
get=(apt-get "${opt[@]}") list=(apt-cache "${opt[@]}")
[[ -n $(find "$apt/lists" -name '*Packages*' -mmin -1440 2>/dev/null | head -1) ]] || "${get[@]}" update

package() {
  local file="$apt/dl/${1%/*}"_*.deb
  rm -f $file
  (cd "$apt/dl" && "${get[@]}" download "$1" >&2)
  dpkg-deb "$2" $file
  rm -f $file
}
