# Runs configure-runner.ps1 with stand-ins for Windows. Exits is what the runner program answers, start by start.
[CmdletBinding()]
param(
    [string]$Scripts,
    [string]$Source,
    [string]$Root,
    [string]$Baked,
    [string]$Notes,
    [string]$Exits,
    [string]$Refuse = ''
)

. (Join-Path -Path $PSScriptRoot -ChildPath 'stand_ins.ps1')
$script:HvCodes = [Collections.Generic.Queue[long]]::new([long[]]$Exits.Split(','))

. (Join-Path -Path $Scripts -ChildPath 'configure-runner.ps1') -Source $Source -Scripts $Scripts -Root $Root -Kvp $Root -KvpFromHost $Root -Baked $Baked

function Get-LocalUser {
    [CmdletBinding()]
    param([string]$Name)
}

function New-LocalUser {
    [CmdletBinding()]
    param([string]$Name, [securestring]$Password, [switch]$AccountNeverExpires, [switch]$PasswordNeverExpires, [string]$Description)
    Write-Note -What 'account' -Text ('{0} {1}' -f $Name, $Password.Length)
}

function Add-LocalGroupMember {
    [CmdletBinding()]
    param([string]$SID, [string]$Member)
    Write-Note -What 'member' -Text $SID
}

function Remove-LocalGroupMember {
    [CmdletBinding()]
    param([string]$SID, [string]$Member)
}

function Grant-HvFolder {
    [CmdletBinding()]
    param([string]$Folder)
    [void](New-Item -Path $Folder -ItemType Directory -Force)
    Write-Note -What 'granted' -Text ([IO.Path]::GetFileName($Folder))
}

function Test-HvScriptsAllowed {
    [CmdletBinding()]
    param()
    return $true
}

function Install-HvCertificate {
    [CmdletBinding()]
    param([string[]]$Certificates)
    Write-Note -What 'certificates' -Text ($Certificates -join ' ')
    return 'ca.pem'
}

# The adapter comes late, and one method may be refused.
$script:HvAdapterLooks = 0

function Get-CimInstance {
    [CmdletBinding()]
    param([string]$ClassName, [string]$Filter)
    $script:HvAdapterLooks++
    if ($script:HvAdapterLooks -gt 1) {
        return [pscustomobject]@{ Class = $ClassName; Filter = $Filter }
    }
}

function Invoke-CimMethod {
    [CmdletBinding()]
    param([object]$InputObject, [string]$MethodName, [Collections.IDictionary]$Arguments)
    $words = foreach ($name in @($Arguments.Keys | Sort-Object)) {
        '{0}={1}:{2}' -f $name, $Arguments[$name].GetType().Name, ($Arguments[$name] -join ',')
    }
    Write-Note -What $MethodName -Text ($words -join ' ')
    $refused = ($Refuse -ne '' -and $MethodName -eq $Refuse)
    return [pscustomobject]@{ ReturnValue = [uint32](66 * [int]$refused) }
}

# The program's version is in its file: no program for Windows can be run here.
function Get-HvRunnerVersion {
    [CmdletBinding()]
    param([string]$Folder)
    $file = Join-Path -Path $Folder -ChildPath 'bin\Runner.Listener.exe'
    if ([IO.File]::Exists($file)) {
        return [IO.File]::ReadAllText($file)
    }
    return ''
}

function Invoke-WebRequest {
    [CmdletBinding()]
    param([string]$Uri, [string]$OutFile, [switch]$UseBasicParsing, [int]$TimeoutSec, [string]$Proxy)
    Write-Note -What 'download' -Text ('{0} {1}' -f $Uri, $Proxy)
    if ($Uri.StartsWith('file:')) {
        [IO.File]::Copy(([Uri]$Uri).LocalPath, $OutFile, $true)
    } else {
        throw 'no network'
    }
}

function New-HvLogon {
    [CmdletBinding()]
    param([string]$Password, [bool]$Administrator)
    Write-Note -What 'logon' -Text ([string]$Administrator)
    $logon = New-Object -TypeName PSObject
    Add-Member -InputObject $logon -MemberType ScriptMethod -Name Start -Value {
        param($program, $arguments, $folder, $environment)
        Write-Note -What 'start' -Text (ConvertTo-Json -Compress -InputObject @($program, $arguments, $folder))
        Write-Note -What 'environment' -Text (ConvertTo-Json -Compress -InputObject $environment)
        $job = Join-Path -Path (Join-Path -Path $Root -ChildPath 'job') -ChildPath 'job.txt'
        [IO.File]::WriteAllText($job, "running acme/site 77.1 build`r`n")
        return 5
    }
    Add-Member -InputObject $logon -MemberType ScriptMethod -Name Wait -Value {
        param($process, $milliseconds)
        $code = $script:HvCodes.Dequeue()
        if ($code -eq -2) {
            throw 'the handle is invalid'
        }
        return $code
    }
    Add-Member -InputObject $logon -MemberType ScriptMethod -Name Dispose -Value {
        Write-Note -What 'logoff' -Text ''
    }
    return $logon
}

Start-HvRunner
