# Installs Foleyline for one user on Windows: its own Python environment with the right torch, the command
# foleyline, and the bridges into DaVinci Resolve and Blender. Run it again to repair or to update.
#
#   powershell -ExecutionPolicy Bypass -File install.ps1 [-DryRun] [-Uninstall] [-Torch auto|cuda|cpu] [-Index URL]
#       [-From SOURCE] [-Prefix DIR] [-NoBridges]

[CmdletBinding()]
param(
    [switch] $DryRun,
    [switch] $Uninstall,
    [ValidateSet('auto', 'cuda', 'cpu')] [string] $Torch = 'auto',
    [string] $Index = '',
    [string] $From = (Split-Path -Parent $PSScriptRoot),
    [string] $Prefix = (Join-Path $env:LOCALAPPDATA 'Foleyline'),
    [switch] $NoBridges
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$current = Join-Path $Prefix 'current.txt'
$state = Join-Path $Prefix 'state.txt'
$bin = Join-Path $Prefix 'bin'
$shim = Join-Path $bin 'foleyline.cmd'
# Megabytes that the environment takes while it is made.
$needs = @{ cuda = 11000; cpu = 3500 }
$indexes = @{ cuda = 'https://download.pytorch.org/whl/cu130'; cpu = '' }

function Invoke-Step([string] $Program, [string[]] $Words) {
    Write-Host "    $Program $Words"
    if ($DryRun) { return }
    & $Program @Words
    if ($LASTEXITCODE -ne 0) { throw "$Program ended with $LASTEXITCODE." }
}

function Get-Installed {
    if (Test-Path -LiteralPath $current) { return (Get-Content -LiteralPath $current -Encoding UTF8).Trim() }
    return ''
}

function Remove-Ours([string] $Path) {
    if (-not (Test-Path -LiteralPath $Path)) { return }
    Write-Host "    remove $Path"
    if (-not $DryRun) { Remove-Item -LiteralPath $Path -Recurse -Force }
}

function Uninstall-Foleyline {
    $installed = Get-Installed
    Write-Host '[1/2] The bridges out of DaVinci Resolve and Blender'
    if ($installed) {
        $words = @('uninstall')
        if ($DryRun) { $words += '--dry-run' }
        & (Join-Path $installed 'Scripts\foleyline.exe') @words
    }
    Write-Host '[2/2] The environment and the command'
    if (Test-Path -LiteralPath $Prefix) {
        Get-ChildItem -LiteralPath $Prefix -Directory -Filter 'env-*' | ForEach-Object { Remove-Ours $_.FullName }
    }
    foreach ($path in @($current, $state, $bin)) { Remove-Ours $path }
    Set-UserPath $false
    Write-Host 'Takes, settings and models are kept.'
}

function Set-UserPath([bool] $IsWanted) {
    $entries = @([Environment]::GetEnvironmentVariable('Path', 'User') -split ';' | Where-Object { $_ -and $_ -ne $bin })
    if ($IsWanted) { $entries += $bin }
    if (-not $DryRun) { [Environment]::SetEnvironmentVariable('Path', ($entries -join ';'), 'User') }
}

function Find-Python {
    foreach ($version in @('3.13', '3.12', '3.11')) {
        if (-not (Get-Command py -ErrorAction SilentlyContinue)) { break }
        $found = & py "-$version" -c 'import sys; print(sys.executable)' 2>$null
        if ($LASTEXITCODE -eq 0 -and $found) { return $found }
    }
    $plain = Get-Command python -ErrorAction SilentlyContinue
    if ($plain) {
        & $plain.Source -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>$null
        if ($LASTEXITCODE -eq 0) { return $plain.Source }
    }
    throw 'No Python 3.11 or newer was found. Nothing was installed. Install it from python.org, then run this again.'
}

function Find-Torch {
    $tool = Get-Command nvidia-smi -ErrorAction SilentlyContinue
    if ($tool -and (& $tool.Source -L 2>$null) -match 'GPU') { return 'cuda' }
    return 'cpu'
}

function Test-Space {
    $drive = [IO.DriveInfo]::new([IO.Path]::GetPathRoot([IO.Path]::GetFullPath($Prefix)))
    $free = [math]::Floor($drive.AvailableFreeSpace / 1MB)
    $need = $needs[$Torch]
    Write-Host "    $need MB needed, $free MB free"
    if ($free -lt $need) {
        throw "Not enough space on $($drive.Name): $need MB needed, $free MB free. Nothing was installed."
    }
}

function Install-Environment([string] $Python, [string] $New) {
    Write-Host '[3/6] An environment of its own'
    if (-not $DryRun) {
        New-Item -ItemType Directory -Force -Path $Prefix | Out-Null
        Set-Content -LiteralPath $state -Value 'incomplete' -Encoding UTF8
    }
    Invoke-Step $Python @('-m', 'venv', $New)
    Write-Host '[4/6] torch and Foleyline, which takes a few minutes'
    $pip = @('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check')
    $inside = Join-Path $New 'Scripts\python.exe'
    $place = if ($Index) { $Index } else { $indexes[$Torch] }
    if ($place) { Invoke-Step $inside ($pip + @('--index-url', $place, 'torch==2.13.*')) }
    Invoke-Step $inside ($pip + @("$From[plugin,engine]"))
}

function Install-Command([string] $New) {
    Write-Host '[5/6] The command'
    Write-Host "    $shim"
    if ($DryRun) { return }
    $version = & (Join-Path $New 'Scripts\foleyline.exe') --version
    if ($LASTEXITCODE -ne 0) { throw 'The new environment does not answer. What was there before is kept.' }
    $old = Get-Installed
    New-Item -ItemType Directory -Force -Path $bin | Out-Null
    Set-Content -LiteralPath $shim -Value "@`"$New\Scripts\foleyline.exe`" %*" -Encoding OEM
    Set-Content -LiteralPath $current -Value $New -Encoding UTF8
    Set-Content -LiteralPath $state -Value $version -Encoding UTF8
    Set-UserPath $true
    if ($old -and $old -ne $New -and (Test-Path -LiteralPath $old)) { Remove-Item -LiteralPath $old -Recurse -Force }
    Write-Host "Foleyline $version is installed."
}

function Install-Foleyline {
    Write-Host '[1/6] What is here'
    $python = Find-Python
    if ($Torch -eq 'auto') { $script:Torch = Find-Torch }
    Write-Host "    Python: $python"
    Write-Host "    torch: $Torch"
    Write-Host "    to: $Prefix"
    if (-not (Test-Path -LiteralPath $From)) { throw "$From is not there. Nothing was installed." }
    Write-Host '[2/6] Space'
    Test-Space
    $new = Join-Path $Prefix ("env-{0:yyyyMMddHHmmss}-{1}" -f (Get-Date), $PID)
    try {
        Install-Environment $python $new
        Install-Command $new
    } finally {
        if (-not $DryRun -and (Get-Installed) -ne $new -and (Test-Path -LiteralPath $new)) {
            Remove-Item -LiteralPath $new -Recurse -Force
            Write-Host 'It was not finished. What was installed before is still there; run this again.'
        }
    }
    Write-Host '[6/6] The bridges into DaVinci Resolve and Blender'
    if ($NoBridges) {
        Write-Host '    left alone'
    } elseif ($DryRun) {
        Write-Host "    $shim install"
    } else {
        & (Join-Path $new 'Scripts\foleyline.exe') install
    }
    if ($DryRun) { Write-Host 'Nothing was done.' }
}

if ($Uninstall) { Uninstall-Foleyline } else { Install-Foleyline }
