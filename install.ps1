# 安装、更新或删除 tongbao（通报）。在 PowerShell 中运行：
#   powershell -ExecutionPolicy Bypass -File install.ps1
#   powershell -ExecutionPolicy Bypass -File install.ps1 -Remove
param(
    [string]$To = (Join-Path $env:LOCALAPPDATA 'Programs\tongbao'),
    [string]$Python = '',
    [switch]$Remove
)
$ErrorActionPreference = 'Stop'
$script = Join-Path $PSScriptRoot 'installer.py'
$bin = Join-Path $To 'bin'

function Find-Python {
    $candidates = @()
    if ($Python) {
        $candidates += , @($Python)
    } else {
        $candidates += , @('py', '-3.13')
        $candidates += , @('py', '-3.12')
        $candidates += , @('py', '-3.11')
        $candidates += , @('python')
        $candidates += , @('python3')
    }
    foreach ($words in $candidates) {
        if (-not (Get-Command $words[0] -ErrorAction SilentlyContinue)) { continue }
        $rest = @($words | Select-Object -Skip 1)
        $ErrorActionPreference = 'Continue'
        & $words[0] @rest $script '--fits' 2>$null | Out-Null
        $fits = ($LASTEXITCODE -eq 0)
        $ErrorActionPreference = 'Stop'
        if ($fits) { return , $words }
    }
    return $null
}

function Set-UserPath([bool]$With) {
    $before = [Environment]::GetEnvironmentVariable('Path', 'User')
    $parts = @("$before" -split ';' | Where-Object { $_ -and ($_.TrimEnd('\') -ne $bin) })
    if ($With) { $parts += $bin }
    $after = $parts -join ';'
    if ($after -ne $before) { [Environment]::SetEnvironmentVariable('Path', $after, 'User') }
}

$found = Find-Python
if (-not $found) {
    Write-Host '错误：没有找到可用的 Python（64位，3.11 以上，且安装包中有它的软件包）。'
    Write-Host '装在别处的，写明路径：powershell -ExecutionPolicy Bypass -File install.ps1 -Python D:\Python312\python.exe'
    exit 1
}
$first = $found[0]
$rest = @($found | Select-Object -Skip 1)
$words = @($script, '--to', $To)
if ($Remove) { $words += '--remove' }
$ErrorActionPreference = 'Continue'
& $first @rest @words
$code = $LASTEXITCODE
$ErrorActionPreference = 'Stop'
if ($code -ne 0) { exit $code }
Set-UserPath (-not $Remove)
if (-not $Remove) {
    Write-Host "命令 tongbao 在 $bin，已加进本账号的 PATH；请重新打开命令提示符或 PowerShell 再用。"
}
exit 0
