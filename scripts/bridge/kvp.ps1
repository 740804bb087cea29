# Key-value exchange with guests. What comes from a guest is data from a writer who may be hostile.

function ConvertFrom-HvKvpItem {
    # Name and data of one item, which WMI gives as the XML of an embedded instance; nothing where it is not readable.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Xml
    )

    $settings = New-Object -TypeName System.Xml.XmlReaderSettings
    $settings.DtdProcessing = [System.Xml.DtdProcessing]::Prohibit
    # A guest may write control characters: they are its own trouble, not ours.
    $settings.CheckCharacters = $false
    $settings.XmlResolver = $null
    $document = New-Object -TypeName System.Xml.XmlDocument
    $document.XmlResolver = $null
    $text = New-Object -TypeName System.IO.StringReader -ArgumentList $Xml
    $reader = [System.Xml.XmlReader]::Create($text, $settings)
    try {
        $document.Load($reader)
    }
    catch {
        return
    }
    finally {
        $reader.Dispose()
    }
    $name = $document.SelectSingleNode("/INSTANCE/PROPERTY[@NAME='Name']/VALUE")
    $data = $document.SelectSingleNode("/INSTANCE/PROPERTY[@NAME='Data']/VALUE")
    if ($null -ne $name) {
        $value = ''
        if ($null -ne $data) {
            $value = $data.InnerText
        }
        [ordered]@{ name = $name.InnerText; data = $value }
    }
}

function ConvertFrom-HvKvpItems {
    # Items by name; names differ by case too. The first 512: a guest can write any number of them.
    [CmdletBinding()]
    param(
        [AllowNull()]
        [AllowEmptyCollection()]
        [object[]]$Items
    )

    $byName = New-Object -TypeName System.Collections.Specialized.OrderedDictionary -ArgumentList ([System.StringComparer]::Ordinal)
    foreach ($xml in @($Items | Where-Object -FilterScript { $null -ne $_ } | Select-Object -First 512)) {
        foreach ($item in @(ConvertFrom-HvKvpItem -Xml $xml)) {
            $byName[[string]$item['name']] = [string]$item['data']
        }
    }
    # A dictionary is not unrolled on its way out.
    return $byName
}

function Invoke-HvKvpRead {
    # kvp.read. One query for all VMs; what is off, gone or silent has no items.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]]$VmIds
    )

    $wanted = @{}
    foreach ($id in $VmIds) {
        $wanted[$id.ToLowerInvariant()] = $true
    }
    $vms = @(
        foreach ($component in @(Get-HvInstance -ClassName 'Msvm_KvpExchangeComponent')) {
            $vmId = ([string]$component.SystemName).ToLowerInvariant()
            if ($wanted.ContainsKey($vmId)) {
                $items = ConvertFrom-HvKvpItems -Items $component.GuestExchangeItems
                $intrinsic = ConvertFrom-HvKvpItems -Items $component.GuestIntrinsicExchangeItems
                if ($items.Count -gt 0 -or $intrinsic.Count -gt 0) {
                    [ordered]@{ vmId = $vmId; items = $items; intrinsic = $intrinsic }
                }
            }
        }
    )
    return [ordered]@{ vms = $vms }
}

function ConvertTo-HvKvpItem {
    # An item as the XML of an embedded instance. Source 0: from the host.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name,

        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$Data
    )

    $text = New-Object -TypeName System.IO.StringWriter
    $settings = New-Object -TypeName System.Xml.XmlWriterSettings
    $settings.OmitXmlDeclaration = $true
    $settings.CheckCharacters = $false
    $settings.NewLineHandling = [System.Xml.NewLineHandling]::Entitize
    $writer = [System.Xml.XmlWriter]::Create($text, $settings)
    $writer.WriteStartElement('INSTANCE')
    $writer.WriteAttributeString('CLASSNAME', 'Msvm_KvpExchangeDataItem')
    foreach ($property in @(@('Data', 'string', $Data), @('Name', 'string', $Name), @('Source', 'uint16', '0'))) {
        $writer.WriteStartElement('PROPERTY')
        $writer.WriteAttributeString('NAME', $property[0])
        $writer.WriteAttributeString('TYPE', $property[1])
        $writer.WriteElementString('VALUE', $property[2])
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
    $writer.Dispose()
    return $text.ToString()
}

function Invoke-HvKvpPush {
    # kvp.push. A key that is there is changed, another one is added: either method fails where the other is right.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [object]$Items,

        [string[]]$Remove = @()
    )

    $system = Get-HvSystem -VmId $VmId
    $service = Get-HvManagementService
    $pattern = 'Microsoft:' + [string]$system.Name + '%'
    $there = @{}
    foreach ($setting in @(Get-HvInstance -ClassName 'Msvm_KvpExchangeComponentSettingData' -Filter "InstanceID LIKE '$pattern'")) {
        foreach ($name in @((ConvertFrom-HvKvpItems -Items $setting.HostExchangeItems).Keys)) {
            $there[[string]$name] = $true
        }
    }
    $steps = @{ RemoveKvpItems = @(); ModifyKvpItems = @(); AddKvpItems = @() }
    foreach ($name in $Remove) {
        if ($there.ContainsKey($name)) {
            $steps['RemoveKvpItems'] += ConvertTo-HvKvpItem -Name $name -Data ''
            $there.Remove($name)
        }
    }
    foreach ($item in @($Items.PSObject.Properties)) {
        $method = 'AddKvpItems'
        if ($there.ContainsKey($item.Name)) {
            $method = 'ModifyKvpItems'
        }
        $steps[$method] += ConvertTo-HvKvpItem -Name $item.Name -Data ([string]$item.Value)
    }
    foreach ($method in @('RemoveKvpItems', 'ModifyKvpItems', 'AddKvpItems')) {
        if (@($steps[$method]).Count -gt 0) {
            $arguments = @{ TargetSystem = $system; DataItems = [string[]]@($steps[$method]) }
            [void](Invoke-HvMethod -InputObject $service -ClassName 'Msvm_VirtualSystemManagementService' -Method $method -Arguments $arguments -Target $VmId)
        }
    }
    return [ordered]@{}
}
