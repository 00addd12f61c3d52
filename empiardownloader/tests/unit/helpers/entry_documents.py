"""The XML file of an invented entry."""

ENTRY_XML = """<?xml version="1.0" encoding="UTF-8"?>
<entry xmlns="http://pdbe.org/empiar" accessionCode="EMPIAR-19999" public="true">
  <!-- made up -->
  <admin>
    <currentStatus>REL</currentStatus>
    <keyDates>
      <depositionDate>2024-01-02</depositionDate>
      <releaseDate>2024-03-04</releaseDate>
      <updateDate>2024-05-06</updateDate>
    </keyDates>
    <title>A made-up complex of κ and λ</title>
    <correspondingAuthor>
      <firstName>Bea</firstName><lastName>Sample</lastName>
      <organization type="academic">Institute of Ice &amp;amp; Glass</organization>
    </correspondingAuthor>
    <principalInvestigator><firstName>Ada</firstName><lastName>Example</lastName>
    </principalInvestigator>
    <principalInvestigator><firstName>Cy</firstName><lastName>Other</lastName>
    </principalInvestigator>
    <authorsList>
      <author authorORCID="0000-0000-0000-0000">Sample B</author><author>Example A</author>
    </authorsList>
    <datasetSize units="TB">1.9</datasetSize>
    <entryDOI>10.6019/EMPIAR-19999</entryDOI>
    <experimentType>EMDB</experimentType>
    <scale>molecule</scale>
  </admin>
  <crossReferences>
    <relatedEMDBEntries>
      <emdbEntry>EMD-4321</emdbEntry><emdbEntry>EMD-0099</emdbEntry>
    </relatedEMDBEntries>
    <citationList>
      <universalCitation><journalCitation published="true">
        <author order="1">Sample B</author><author order="2">Example A</author>
        <title>Two proteins in ice</title>
        <journal>Journal of Examples</journal><volume>7</volume><year>2024</year>
        <externalReferences type="pubmed">1</externalReferences>
        <externalReferences type="doi">10.5555/example.7</externalReferences>
      </journalCitation></universalCitation>
      <universalCitation><nonJournalCitation>
        <author>Other C</author><bookTitle>A book</bookTitle>
      </nonJournalCitation></universalCitation>
    </citationList>
  </crossReferences>
  <imageSet>
    <name>Movies</name>
    <directory>/data/grid 1</directory>
    <category>micrographs - multiframe</category>
    <headerFormat>TIFF</headerFormat>
    <dataFormat>TIFF</dataFormat>
    <numImagesOrTiltSeries>12</numImagesOrTiltSeries>
    <framesPerImage>24</framesPerImage>
    <frameRange><frameRangeMin>1</frameRangeMin><frameRangeMax>24</frameRangeMax></frameRange>
    <voxelType>UNSIGNED BYTE</voxelType>
    <dimensions>
      <imageWidth>5760</imageWidth><pixelWidth>0.83</pixelWidth>
      <imageHeight>4092</imageHeight><pixelHeight>0.83</pixelHeight>
    </dimensions>
    <details>Gain included.</details>
    <micrographsFilePattern>data/grid 1/*_fractions.tiff</micrographsFilePattern>
  </imageSet>
  <imageSet>
    <name>Micrographs</name>
    <directory>data</directory>
    <category>micrographs - single frame</category>
    <dimensions>
      <imageWidth>variable</imageWidth><pixelWidth>variable</pixelWidth>
      <imageHeight>variable</imageHeight><pixelHeight>variable</pixelHeight>
    </dimensions>
    <segmentationList/>
  </imageSet>
</entry>
"""
