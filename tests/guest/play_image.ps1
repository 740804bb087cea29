# Runs install-image.ps1 with stand-ins for Windows. Settings is a JSON object: registry values by their names, what the
# runner program answers to a word (code and text), what the licensing service knows, and shutdown.exe's exit code.
[CmdletBinding()]
param(
    [string]$Script,
    [string]$Root,
    [string]$RunnerZip = '',
    [string]$RunnerSha256 = '',
    [string]$RunnerVersion = '',
    [string]$RunnerFolder,
    [string]$SeedConfig,
    [string]$Settings,
    [string]$Notes,
    [switch]$Check
)

. (Join-Path -Path $PSScriptRoot -ChildPath 'stand_ins.ps1')
$script:HvPlay = ConvertFrom-Json -InputObject $Settings -AsHashtable
foreach ($name in $script:HvPlay['registry'].Keys) {
    $Registry[$name] = $script:HvPlay['registry'][$name]
}

. $Script -Root $Root -RunnerZip $RunnerZip -RunnerSha256 $RunnerSha256 -RunnerVersion $RunnerVersion -RunnerFolder $RunnerFolder -SeedConfig $SeedConfig -Check:$Check

# No program for Windows can be run here: its version is in its file.
function Invoke-HvListener {
    [CmdletBinding()]
    param([string]$Word, [int]$LimitSeconds)
    Write-Note -What 'listener' -Text $Word
    $answer = $script:HvPlay['listener'][$Word]
    if ($null -ne $answer) {
        return @{ Code = $answer['code']; Text = $answer['text'] }
    }
    [void](New-Item -Path (Join-Path -Path $RunnerFolder -ChildPath '_diag') -ItemType Directory -Force)
    return @{ Code = 0; Text = [IO.File]::ReadAllText((Join-Path -Path $RunnerFolder -ChildPath 'bin\Runner.Listener.exe')) }
}

function Get-CimInstance {
    [CmdletBinding()]
    param([string]$Query, [int]$OperationTimeoutSec)
    if ($null -eq $script:HvPlay['licences']) {
        throw 'the service is off'
    }
    foreach ($licence in $script:HvPlay['licences']) {
        [pscustomobject]$licence
    }
}

function Start-Process {
    [CmdletBinding()]
    param([string]$FilePath, [string[]]$ArgumentList, [string]$WindowStyle, [switch]$Wait, [switch]$PassThru)
    Write-Note -What 'process' -Text ('{0} {1}' -f $FilePath, ($ArgumentList -join ' '))
    return [pscustomobject]@{ ExitCode = [int]$script:HvPlay['shutdown'] }
}

try {
    Start-HvImage
} catch {
    Stop-HvImage -As 'Failed' -Message ([string]$_)
}
