<#
.SYNOPSIS
    What an image says of itself: writes image.json, as install-image.ps1 asks.

.DESCRIPTION
    Functions only. The form is in docs/guest-protocol.md. Windows PowerShell 5.1.
#>
[CmdletBinding()]
param(
    [string]$Root
)

Set-StrictMode -Version 3.0

# The protocol that the loader speaks which was just installed.
$HvLoader = 1
# Windows itself among the products that the licensing service knows.
$HvWindowsProduct = '55c92734-d682-4d71-983e-d6ec3f16059f'

function ConvertTo-HvTime {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [DateTime]$Time
    )
    return $Time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

# When Windows' evaluation or grace period ends; empty where there is none, or where nobody can say. Keys of a company's
# key server have a period, too, but it is renewed for as long as they are used.
function Get-HvLicenceEnd {
    [CmdletBinding()]
    param()
    $query = "SELECT Description, GracePeriodRemaining FROM SoftwareLicensingProduct WHERE ApplicationID = '{0}' AND PartialProductKey IS NOT NULL" -f $HvWindowsProduct
    try {
        $products = @(Get-CimInstance -Query $query -OperationTimeoutSec 120)
    } catch {
        # The licensing service is off: that is no reason not to prepare the image.
        return ''
    }
    $minutes = [long]0
    foreach ($product in $products) {
        $left = [long]$product.GracePeriodRemaining
        if ($left -gt 0 -and [string]$product.Description -notmatch 'VOLUME_KMSCLIENT' -and ($minutes -eq 0 -or $left -lt $minutes)) {
            $minutes = $left
        }
    }
    if ($minutes -eq 0) {
        return ''
    }
    return ConvertTo-HvTime -Time ([DateTime]::UtcNow.AddMinutes($minutes))
}

# What the image says of itself already: its software and its end. A manifest that cannot be read says nothing.
function Get-HvDeclared {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$File
    )
    $software = [ordered]@{}
    $expires = ''
    try {
        $read = ConvertFrom-Json -InputObject ([IO.File]::ReadAllText($File, [Text.Encoding]::UTF8))
        $declared = $read.PSObject.Properties['software']
        if ($null -ne $declared -and $null -ne $declared.Value) {
            foreach ($one in $declared.Value.PSObject.Properties) {
                $software[$one.Name] = [string]$one.Value
            }
        }
        $end = $read.PSObject.Properties['expiresAt']
        if ($null -ne $end -and $end.Value -is [DateTime]) {
            $expires = ConvertTo-HvTime -Time $end.Value
        } elseif ($null -ne $end -and $null -ne $end.Value) {
            $expires = ConvertTo-HvTime -Time ([DateTime]::Parse([string]$end.Value, [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::RoundtripKind))
        }
    } catch {
        return @{ Software = $software; ExpiresAt = $expires }
    }
    return @{ Software = $software; ExpiresAt = $expires }
}

function Save-HvManifest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string]$Version
    )
    $file = Join-Path -Path $Root -ChildPath 'image.json'
    $draft = '{0}.new' -f $file
    # Between the two lines at the end of this, the draft is all that there is.
    $source = $file
    if (-not [IO.File]::Exists($file)) {
        $source = $draft
    }
    $declared = Get-HvDeclared -File $source
    $manifest = [ordered]@{ format = 1; builtAt = (ConvertTo-HvTime -Time ([DateTime]::UtcNow)); loader = $HvLoader }
    if ($Version -ne '') {
        $manifest['runner'] = $Version
    }
    if ($declared['Software'].Count -gt 0) {
        $manifest['software'] = $declared['Software']
    }
    $end = Get-HvLicenceEnd
    if ($end -eq '') {
        $end = $declared['ExpiresAt']
    }
    if ($end -ne '') {
        $manifest['expiresAt'] = $end
    }
    [IO.File]::WriteAllText($draft, (ConvertTo-Json -InputObject $manifest -Depth 4 -Compress))
    [IO.File]::Delete($file)
    [IO.File]::Move($draft, $file)
}
