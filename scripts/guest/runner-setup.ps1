<#
.SYNOPSIS
    What configure-runner.ps1 prepares before it starts a runner: network, certificates, program, account, hooks, environment.

.DESCRIPTION
    Functions only, read in by configure-runner.ps1, some of whose functions they call. Windows PowerShell 5.1.
#>
[CmdletBinding()]
param(
    [string]$Root,
    [string]$Scripts,
    [string]$Baked
)

Set-StrictMode -Version 3.0

$HvAccount = 'runner'
$HvDownloadTries = 3
$HvAdapterTries = 15

# Ends everything with a reason that the host knows by its name.
function Stop-HvSetup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [ValidateSet('configuration', 'network', 'runner-missing', 'runner-download', 'runner-checksum', 'account', 'start')]
        [string]$Reason,
        [Parameter(Mandatory = $true)] [string]$Message
    )
    Set-HvKvp -Name 'hvpool.error' -Value $Reason
    throw $Message
}

# 24 is 255.255.255.0.
function ConvertTo-HvMask {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [ValidateRange(0, 32)] [int]$PrefixLength
    )
    $bits = ('1' * $PrefixLength).PadRight(32, '0')
    $parts = foreach ($at in @(0, 8, 16, 24)) {
        [Convert]::ToInt32($bits.Substring($at, 8), 2)
    }
    return ($parts -join '.')
}

# Sets something on a network adapter; what is done at the next start only (1) is as good as not done.
function Invoke-HvAdapter {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object]$Adapter,
        [Parameter(Mandatory = $true)] [string]$Method,
        [Parameter(Mandatory = $true)] [hashtable]$Arguments
    )
    $answer = (Invoke-CimMethod -InputObject $Adapter -MethodName $Method -Arguments $Arguments).ReturnValue
    if ([long]$answer -ne 0) {
        throw ('{0} of Win32_NetworkAdapterConfiguration answered {1}.' -f $Method, $answer)
    }
}

# The adapter of the machine, once Windows has bound TCP/IP to it: a machine has one.
function Get-HvAdapter {
    [CmdletBinding()]
    param()
    for ($try = 1; $try -le $HvAdapterTries; $try++) {
        $found = @(Get-CimInstance -ClassName Win32_NetworkAdapterConfiguration -Filter 'IPEnabled = TRUE')
        if ($found.Count -gt 0) {
            return $found[0]
        }
        Step-HvBeat
        Start-Sleep -Seconds 2
    }
    throw 'No network adapter has TCP/IP.'
}

# An address of the host's choice where no DHCP gives one, and name servers.
function Set-HvNetwork {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowNull()] [object]$Network
    )
    if ($null -eq $Network) {
        return
    }
    try {
        $adapter = Get-HvAdapter
        $address = [string](Get-HvProperty -From $Network -Name 'address' -Default '')
        if ($address -ne '') {
            $mask = ConvertTo-HvMask -PrefixLength ([int]$Network.prefixLength)
            Invoke-HvAdapter -Adapter $adapter -Method 'EnableStatic' -Arguments @{ IPAddress = [string[]]@($address); SubnetMask = [string[]]@($mask) }
            Invoke-HvAdapter -Adapter $adapter -Method 'SetGateways' -Arguments @{ DefaultIPGateway = [string[]]@([string]$Network.gateway); GatewayCostMetric = [uint16[]]@(1) }
        }
        $servers = [string[]]@(Get-HvProperty -From $Network -Name 'dns' -Default @())
        if ($servers.Count -gt 0) {
            Invoke-HvAdapter -Adapter $adapter -Method 'SetDNSServerSearchOrder' -Arguments @{ DNSServerSearchOrder = $servers }
        }
    } catch {
        Stop-HvSetup -Reason 'network' -Message ('Cannot set the network: {0}' -f $_)
    }
}

# Authorities that a company's proxy or GitHub server needs; also as a PEM file, for actions that run on Node.
function Install-HvCertificate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyCollection()] [string[]]$Certificates
    )
    $store = New-Object -TypeName Security.Cryptography.X509Certificates.X509Store -ArgumentList @('Root', 'LocalMachine')
    $store.Open('ReadWrite')
    $pem = ''
    foreach ($certificate in $Certificates) {
        $bytes = [Convert]::FromBase64String($certificate)
        $store.Add((New-Object -TypeName Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $bytes)))
        $pem += '{0}{1}{2}{1}{3}{1}' -f '-----BEGIN CERTIFICATE-----', "`n", [Convert]::ToBase64String($bytes, 'InsertLineBreaks'), '-----END CERTIFICATE-----'
    }
    $store.Close()
    $file = Join-Path -Path $Root -ChildPath 'ca.pem'
    [IO.File]::WriteAllText($file, $pem)
    return $file
}

function Get-HvRunnerVersion {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Folder
    )
    $program = Join-Path -Path $Folder -ChildPath 'bin\Runner.Listener.exe'
    if (-not [IO.File]::Exists($program)) {
        return ''
    }
    if ([string](Get-Item -LiteralPath $program).VersionInfo.ProductVersion -match '^[0-9]+\.[0-9]+\.[0-9]+') {
        return $Matches[0]
    }
    return '0.0.0'
}

function Save-HvDownload {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Url,
        [Parameter(Mandatory = $true)] [string]$Path,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string]$Proxy
    )
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $how = @{ Uri = $Url; OutFile = $Path; UseBasicParsing = $true; TimeoutSec = 120 }
    if ($Proxy -ne '') {
        $how['Proxy'] = $Proxy
    }
    for ($try = 1; $try -le $HvDownloadTries; $try++) {
        try {
            [void](Invoke-WebRequest @how)
            return
        } catch {
            if ($try -eq $HvDownloadTries) {
                Stop-HvSetup -Reason 'runner-download' -Message ('Cannot download {0}: {1}' -f $Url, $_)
            }
            Step-HvBeat
            Start-Sleep -Seconds (2 * $try)
        }
    }
}

# The folder of the runner: the image's, unless the configuration pins another version.
function Get-HvRunnerFolder {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowNull()] [object]$Pinned,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string]$Proxy
    )
    $version = Get-HvRunnerVersion -Folder $Baked
    if ($null -eq $Pinned) {
        if ($version -eq '') {
            Stop-HvSetup -Reason 'runner-missing' -Message ('There is no runner in {0}, and none is pinned.' -f $Baked)
        }
        return $Baked
    }
    if ($version -eq [string]$Pinned.version) {
        return $Baked
    }
    $folder = '{0}-{1}' -f $Baked, $Pinned.version
    $zip = Join-Path -Path $Root -ChildPath 'runner.zip'
    Save-HvDownload -Url $Pinned.url -Path $zip -Proxy $Proxy
    $sum = (Get-FileHash -LiteralPath $zip -Algorithm SHA256).Hash
    if ($sum -ne [string]$Pinned.sha256) {
        Remove-Item -LiteralPath $zip -Force
        Stop-HvSetup -Reason 'runner-checksum' -Message ('{0} has the checksum {1}, not {2}.' -f $Pinned.url, $sum, $Pinned.sha256)
    }
    Add-Type -AssemblyName System.IO.Compression.FileSystem
    [IO.Compression.ZipFile]::ExtractToDirectory($zip, $folder)
    Remove-Item -LiteralPath $zip -Force
    return $folder
}

# A password that nobody knows and that every policy takes.
function New-HvPassword {
    [CmdletBinding()]
    param()
    $bytes = New-Object -TypeName 'byte[]' -ArgumentList 24
    $random = [Security.Cryptography.RandomNumberGenerator]::Create()
    $random.GetBytes($bytes)
    $random.Dispose()
    return 'aA1-' + [Convert]::ToBase64String($bytes)
}

# The local account that jobs run under: made at first, with a new password for each use.
function Set-HvAccount {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Password,
        [Parameter(Mandatory = $true)] [bool]$Administrator
    )
    $secret = ConvertTo-SecureString -String $Password -AsPlainText -Force
    if ($null -eq (Get-LocalUser -Name $HvAccount -ErrorAction SilentlyContinue)) {
        [void](New-LocalUser -Name $HvAccount -Password $secret -AccountNeverExpires -PasswordNeverExpires -Description 'Runs the jobs of GitHub Actions')
    } else {
        Set-LocalUser -Name $HvAccount -Password $secret
    }
    # By SID: the names of groups are localized.
    Add-LocalGroupMember -SID 'S-1-5-32-545' -Member $HvAccount -ErrorAction SilentlyContinue
    if ($Administrator) {
        Add-LocalGroupMember -SID 'S-1-5-32-544' -Member $HvAccount -ErrorAction SilentlyContinue
    } else {
        Remove-LocalGroupMember -SID 'S-1-5-32-544' -Member $HvAccount -ErrorAction SilentlyContinue
    }
}

# Lets the account write below a folder. The rule is looked for first: setting one again walks through every file.
function Grant-HvFolder {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Folder
    )
    [void](New-Item -Path $Folder -ItemType Directory -Force)
    $sid = (Get-LocalUser -Name $HvAccount).SID
    $rules = Get-Acl -LiteralPath $Folder
    foreach ($rule in $rules.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
        $right = [Security.AccessControl.FileSystemRights]::Modify
        if ($rule.IdentityReference -eq $sid -and ($rule.FileSystemRights -band $right) -eq $right) {
            return
        }
    }
    $rules.AddAccessRule((New-Object -TypeName Security.AccessControl.FileSystemAccessRule -ArgumentList @(
                $sid, 'Modify', 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    Set-Acl -LiteralPath $Folder -AclObject $rules
}

# Windows clients forbid scripts at first; then neither hooks nor PowerShell steps could run. A policy of a domain stays.
function Test-HvScriptsAllowed {
    [CmdletBinding()]
    param()
    foreach ($scope in @('MachinePolicy', 'UserPolicy')) {
        $set = [string](Get-ExecutionPolicy -Scope $scope)
        if ($set -ne 'Undefined') {
            return ($set -ne 'Restricted' -and $set -ne 'AllSigned')
        }
    }
    if ([string](Get-ExecutionPolicy -Scope LocalMachine) -in @('Undefined', 'Restricted')) {
        Set-ExecutionPolicy -ExecutionPolicy RemoteSigned -Scope LocalMachine -Force
    }
    return ([string](Get-ExecutionPolicy -Scope LocalMachine) -ne 'AllSigned')
}

function Install-HvHook {
    [CmdletBinding()]
    param()
    $hook = Join-Path -Path $Scripts -ChildPath 'job-hook.ps1'
    if (-not [IO.File]::Exists($hook) -or -not (Test-HvScriptsAllowed)) {
        return $false
    }
    $folder = Join-Path -Path $Root -ChildPath 'hooks'
    [void](New-Item -Path $folder -ItemType Directory -Force)
    foreach ($name in @('job-started.ps1', 'job-completed.ps1')) {
        [IO.File]::Copy($hook, (Join-Path -Path $folder -ChildPath $name), $true)
    }
    Grant-HvFolder -Folder (Join-Path -Path $Root -ChildPath 'job')
    return $true
}

# What the runner program finds in its environment, beside what Windows gives every account.
function Get-HvEnvironment {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object]$Configuration,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string]$CertificateFile,
        [Parameter(Mandatory = $true)] [bool]$Hooks
    )
    $all = New-Object -TypeName 'Collections.Generic.Dictionary[string,string]' -ArgumentList ([StringComparer]::OrdinalIgnoreCase)
    $all['ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE'] = '1'
    if ($CertificateFile -ne '') {
        $all['NODE_EXTRA_CA_CERTS'] = $CertificateFile
    }
    if ($Hooks) {
        $folder = Join-Path -Path $Root -ChildPath 'hooks'
        $all['HVPOOL_JOB_FOLDER'] = Join-Path -Path $Root -ChildPath 'job'
        $all['ACTIONS_RUNNER_HOOK_JOB_STARTED'] = Join-Path -Path $folder -ChildPath 'job-started.ps1'
        $all['ACTIONS_RUNNER_HOOK_JOB_COMPLETED'] = Join-Path -Path $folder -ChildPath 'job-completed.ps1'
    }
    # What the operator wrote stands above all of this.
    $own = Get-HvProperty -From $Configuration -Name 'env' -Default $null
    if ($null -ne $own) {
        foreach ($property in $own.PSObject.Properties) {
            $all[$property.Name] = [string]$property.Value
        }
    }
    $all['ACTIONS_RUNNER_INPUT_JITCONFIG'] = [string]$Configuration.jitConfig
    return , $all
}

# Opens a session for the account, by logon.cs.
function New-HvLogon {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Password,
        [Parameter(Mandatory = $true)] [bool]$Administrator
    )
    Add-Type -Path (Join-Path -Path $Scripts -ChildPath 'logon.cs')
    return New-Object -TypeName HvLogon -ArgumentList @($HvAccount, $Password, $Administrator)
}
