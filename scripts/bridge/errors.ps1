# Errors: made here, and turned into the values of an answer. Nothing is told from words, which are localized.

function New-HvError {
    # An error record with an id and a category of the kind that Hyper-V's own cmdlets give. Command is what failed,
    # Number what a WMI method or job has answered.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Message,

        [Parameter(Mandatory)]
        [string]$Id,

        [Parameter(Mandatory)]
        [string]$Category,

        [string]$Target = '',

        [string]$Command = '',

        [string]$Number = ''
    )

    $exception = New-Object -TypeName System.InvalidOperationException -ArgumentList $Message
    if ($Number -ne '') {
        $exception.Data['hvpool.number'] = $Number
    }
    if ($Command -ne '') {
        $exception.Data['hvpool.command'] = $Command
    }
    New-Object -TypeName System.Management.Automation.ErrorRecord -ArgumentList @(
        $exception, $Id, [System.Management.Automation.ErrorCategory]$Category, $Target
    )
}

function Get-HvExceptionChain {
    # The exception and what lies in it, the outermost first.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Exception]$Exception
    )

    $current = $Exception
    $depth = 0
    while ($null -ne $current -and $depth -lt 10) {
        $current
        $current = $current.InnerException
        $depth++
    }
}

function Get-HvErrorNumber {
    # The number that says most: a WMI answer as it is, a Win32 code as an HRESULT, else the first HRESULT in the
    # chain that is not one of .NET's own (0x8013....) nor the general failure, else the one in a message's parentheses,
    # where virtualization errors have it, else the outermost one, else ''.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Exception]$Exception
    )

    $general = ''
    foreach ($one in @(Get-HvExceptionChain -Exception $Exception)) {
        $number = $one.Data['hvpool.number']
        if ($null -ne $number) {
            return [string]$number
        }
        # The HResult of a Win32Exception is always the general failure: its code is elsewhere.
        if ($one -is [System.ComponentModel.Win32Exception]) {
            $code = [long]$one.NativeErrorCode
            if ($code -gt 0 -and $code -le 0xffff) {
                $code = $code + 2147942400
            }
            if ($code -ne 0) {
                return '0x{0:x8}' -f ($code -band 4294967295)
            }
        }
        # A CimException carries the number of the provider as text: 'HRESULT 0x80041002'.
        $messageId = $one.PSObject.Properties['MessageId']
        if ($null -ne $messageId -and [string]$messageId.Value -match '0x[0-9a-fA-F]{8}') {
            return $Matches[0].ToLowerInvariant()
        }
        $text = '0x{0:x8}' -f ([long]$one.HResult -band 4294967295)
        # 0x80131505 is the one of .NET's own that says something: a time-out.
        if ($text -eq '0x80131505' -or $text -notmatch '^0x(8013[0-9a-f]{4}|80004005|00000000)$') {
            return $text
        }
        if ($general -eq '' -and $text -ne '0x00000000') {
            $general = $text
        }
    }
    foreach ($one in @(Get-HvExceptionChain -Exception $Exception)) {
        if ([string]$one.Message -match '\((0x[0-9a-fA-F]{8})\)') {
            return $Matches[1].ToLowerInvariant()
        }
    }
    return $general
}

function ConvertTo-HvErrorValue {
    # What an answer says of an error record: message, category, fqid, hresult, command, target, all text.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Management.Automation.ErrorRecord]$Record
    )

    $messages = New-Object -TypeName System.Collections.ArrayList
    $fqid = [string]$Record.FullyQualifiedErrorId
    $command = [string]$Record.CategoryInfo.Activity
    if ($null -ne $Record.InvocationInfo -and $null -ne $Record.InvocationInfo.MyCommand) {
        $command = [string]$Record.InvocationInfo.MyCommand.Name
    }
    foreach ($one in @(Get-HvExceptionChain -Exception $Record.Exception)) {
        $text = [string]$one.Message
        if (-not (($messages -join "`n").Contains($text))) {
            [void]$messages.Add($text)
        }
        $note = $one.Data['hvpool.note']
        if ($null -ne $note) {
            [void]$messages.Add([string]$note)
        }
        $told = $one.Data['hvpool.command']
        if ($null -ne $told) {
            $command = [string]$told
        }
        # A module that is missing is reported as CouldNotAutoLoadModule; it is one case with a missing command.
        if ($one -is [System.Management.Automation.CommandNotFoundException]) {
            $fqid = 'CommandNotFoundException'
        }
    }
    [ordered]@{
        message  = $messages -join "`n"
        category = [string]$Record.CategoryInfo.Category
        fqid     = $fqid
        hresult  = Get-HvErrorNumber -Exception $Record.Exception
        command  = $command
        target   = [string]$Record.TargetObject
    }
}
