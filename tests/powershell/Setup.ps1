# What every test file begins with: the bridge over the stand-in, and requests as a worker takes them. Dot-sourced.

$here = $PSScriptRoot
$script:Root = Join-Path -Path ([System.IO.Path]::GetTempPath()) -ChildPath ('hvpool-' + [guid]::NewGuid().ToString('N'))
[void][System.IO.Directory]::CreateDirectory($script:Root)
$env:HVPOOL_STAND_IN = $script:Root
Import-Module -Name (Join-Path -Path $here -ChildPath 'modules/Hyper-V') -Force -Global
Import-Module -Name (Join-Path -Path $here -ChildPath 'modules/StandInWindows') -Force -Global
$bridge = Join-Path -Path $here -ChildPath '../../scripts/bridge'
. (Join-Path -Path $bridge -ChildPath 'preferences.ps1')
foreach ($file in @(Get-ChildItem -LiteralPath $bridge -Filter '*.ps1' | Where-Object -FilterScript { $_.Name -ne 'preferences.ps1' })) {
    . $file.FullName
}

# One request through the worker's own way: JSON in, JSON out.
function Invoke-Request {
    param([string]$Call, [hashtable]$Arguments = @{})
    $line = ConvertTo-Json -InputObject ([ordered]@{ id = 7; call = $Call; args = $Arguments }) -Compress -Depth 10
    # PowerShell 7's own converter would make dates of some texts.
    ConvertFrom-HvJson -Json (Invoke-HvRequest -Line $line)
}

function Get-Value {
    param([string]$Call, [hashtable]$Arguments = @{})
    $answer = Invoke-Request -Call $Call -Arguments $Arguments
    if (-not $answer.ok) { throw "$Call failed: $($answer.error.message)" }
    $answer.value
}

function New-TestVm {
    param([hashtable]$Change = @{})
    $cycle = Join-Path -Path $script:Store -ChildPath 'pool-1.1'
    $disk = Join-Path -Path $cycle -ChildPath 'os.vhdx'
    if (-not (Test-Path -LiteralPath $disk)) {
        [void](Get-Value -Call 'disk.createChild' -Arguments @{ path = $disk; parent = $script:Template })
    }
    $wanted = @{
        name = 'runner-1'; notes = '{"hvpool":"x"}'; directory = $cycle; disk = $disk; memoryMb = 4096; processors = 4
        switchName = ''; secureBoot = 'MicrosoftWindows'; tpm = $false; nested = $false; stopAction = 'TurnOff'
    }
    foreach ($key in $Change.Keys) { $wanted[$key] = $Change[$key] }
    Invoke-Request -Call 'vm.create' -Arguments $wanted
}

# What a disk looks like once it is mounted; answers the folder.
function New-TestVolume {
    param([string]$Disk)
    [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine("$Disk.volume", 'Windows', 'System32', 'config'))
    "$Disk.volume"
}

# A host without machines, and a template.
function Reset-Host {
    Reset-StandIn
    $script:Store = Join-Path -Path $script:Root -ChildPath ([guid]::NewGuid().ToString('N'))
    [void][System.IO.Directory]::CreateDirectory($script:Store)
    $script:Template = Join-Path -Path $script:Store -ChildPath 'template.vhdx'
    [System.IO.File]::WriteAllText($script:Template, "`n")
}
