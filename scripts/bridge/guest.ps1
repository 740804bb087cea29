# PowerShell Direct: into a running guest by its id, with an account of the guest. These calls may hang.

function Assert-HvGuest {
    # Ends the call unless the VM runs on this host and the engine can reach guests. What PowerShell Direct itself
    # says of either is one text for many causes.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    if ((ConvertTo-HvPower -State ([string]$vm.State)) -ne 'running') {
        throw (New-HvError -Message "The virtual machine $VmId does not run: its state is $($vm.State)." -Id 'InvalidVMState,Invoke-Command' -Category InvalidOperation -Target $VmId)
    }
    if (-not (Get-Command -Name Invoke-Command).Parameters.ContainsKey('VMId')) {
        throw (New-HvError -Message 'This PowerShell has no PowerShell Direct.' -Id 'CommandNotFoundException' -Category ResourceUnavailable -Target $VmId)
    }
}

function ConvertTo-HvCredential {
    # An account of the guest. The password has come over stdin and stays in memory.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$User,

        [Parameter(Mandatory)]
        [string]$Password
    )

    $secret = ConvertTo-SecureString -String $Password -AsPlainText -Force
    return New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList @($User, $secret)
}

function ConvertTo-HvCommandLine {
    # Arguments as one text that CommandLineToArgvW takes apart into the same arguments.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [AllowEmptyString()]
        [string[]]$Arguments
    )

    $quoted = foreach ($argument in $Arguments) {
        if ($argument -ne '' -and $argument -notmatch '[\s"]') {
            $argument
        }
        else {
            # Backslashes count double before a quotation mark, and only there.
            $escaped = $argument -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1'
            '"' + $escaped + '"'
        }
    }
    return (@($quoted) -join ' ')
}

function Invoke-HvGuestExec {
    # guest.exec. Both outputs are read as they come, up to a bound, so that a program that writes much does not block.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$User,

        [Parameter(Mandatory)]
        [string]$Password,

        [Parameter(Mandatory)]
        [string]$Program,

        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [AllowEmptyString()]
        [string[]]$Arguments,

        [string]$Directory = '',

        [object]$Environment,

        # Under its own name it would be one of the engine's variables.
        [Alias('Input')]
        [string]$InputText = '',

        [Parameter(Mandatory)]
        [long]$TimeoutMs,

        [Parameter(Mandatory)]
        [int]$MaxOutput
    )

    Assert-HvGuest -VmId $VmId
    $variables = @{}
    if ($PSBoundParameters.ContainsKey('Environment')) {
        foreach ($variable in @($Environment.PSObject.Properties)) {
            $variables[$variable.Name] = [string]$variable.Value
        }
    }
    $request = @{
        Program   = $Program
        Arguments = ConvertTo-HvCommandLine -Arguments $Arguments
        Directory = $Directory
        Variables = $variables
        Text      = $InputText
        TimeoutMs = $TimeoutMs
        MaxOutput = $MaxOutput
    }
    $answer = Invoke-Command -VMId $VmId -Credential (ConvertTo-HvCredential -User $User -Password $Password) -ArgumentList $request -ScriptBlock (Get-HvGuestProgram)
    return [ordered]@{
        exitCode  = $answer['ExitCode']
        stdout    = [string]$answer['Stdout']
        stderr    = [string]$answer['Stderr']
        truncated = [bool]$answer['Truncated']
    }
}

function Invoke-HvGuestCopyIn {
    # guest.copyIn
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$User,

        [Parameter(Mandatory)]
        [string]$Password,

        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [long]$Offset,

        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$Data
    )

    Assert-HvGuest -VmId $VmId
    $request = @{ Path = $Path; Offset = $Offset; Data = $Data }
    $size = Invoke-Command -VMId $VmId -Credential (ConvertTo-HvCredential -User $User -Password $Password) -ArgumentList $request -ScriptBlock (Get-HvGuestWriter)
    return [ordered]@{ size = [long]$size }
}

function Invoke-HvGuestCopyOut {
    # guest.copyOut
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$User,

        [Parameter(Mandatory)]
        [string]$Password,

        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [long]$Offset,

        [Parameter(Mandatory)]
        [long]$MaxBytes
    )

    Assert-HvGuest -VmId $VmId
    $request = @{ Path = $Path; Offset = $Offset; MaxBytes = $MaxBytes }
    $answer = Invoke-Command -VMId $VmId -Credential (ConvertTo-HvCredential -User $User -Password $Password) -ArgumentList $request -ScriptBlock (Get-HvGuestReader)
    return [ordered]@{ data = [string]$answer['Data']; size = [long]$answer['Size'] }
}

function Invoke-HvGuestSyncTime {
    # guest.syncTime. The session comes first: its making takes seconds, in which the time told would grow old.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$User,

        [Parameter(Mandatory)]
        [string]$Password
    )

    Assert-HvGuest -VmId $VmId
    $session = New-PSSession -VMId $VmId -Credential (ConvertTo-HvCredential -User $User -Password $Password)
    try {
        $behind = Invoke-Command -Session $session -ArgumentList ([System.DateTime]::UtcNow.Ticks) -ScriptBlock (Get-HvGuestClock)
    }
    finally {
        Remove-PSSession -Session $session
    }
    return [ordered]@{ offMs = [long]$behind }
}
